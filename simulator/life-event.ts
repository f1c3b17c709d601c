/** Something a person or a device did. The truth is made of these, never of what the product concludes. */
export type LifeEvent = Readonly<
  { at: number } & (
    | { kind: "put_on" | "took_off" }
    | { kind: "charging_started" | "charging_ended" | "battery_empty" }
    | { kind: "fell_asleep" | "woke" }
    | { kind: "activity_started" | "activity_ended"; activity: "walk" | "exercise" }
    | { kind: "synced" }
    | { kind: "phone_lost" | "sync_turned_off" | "phone_left_at_home" }
    /** At a sync, detail of this stretch had already been overwritten in the device. */
    | { kind: "memory_exceeded"; lostFrom: number; lostTo: number }
  )
>;
