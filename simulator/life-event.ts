/** Something a person or a device did. The truth is made of these, never of what the product concludes. */
export type LifeEvent = Readonly<
  { at: number } & (
    | { kind: "put_on" | "took_off" }
    | { kind: "charging_started" | "charging_ended" | "battery_empty" }
    | { kind: "fell_asleep" | "woke" }
    | { kind: "activity_started" | "activity_ended"; activity: "walk" | "exercise" }
    | { kind: "synced" }
    | { kind: "phone_lost" | "sync_turned_off" | "phone_left_at_home" }
    /** The watch was put away for another one. */
    | { kind: "device_changed" }
    /** Arrived where clocks show another time. */
    | { kind: "travelled"; timeZone: string }
    | { kind: "consent_taken_back" }
    /** At a sync, detail of this stretch had already been overwritten in the device. */
    | { kind: "memory_exceeded"; lostFrom: number; lostTo: number }
  )
>;
