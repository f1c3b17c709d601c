/** What is stored about one participant, as far as judging days needs it. All instants in epoch milliseconds. */
export type PersonFacts = Readonly<{
  /** First and last local day that count; `endedOn` is null while it goes on. */
  enrolledOn: string;
  endedOn: string | null;
  /** In which state from when until when, oldest first, half-open. */
  states: readonly StateSpan[];
  connection: ConnectionFacts | null;
  /** Whether a source is asked for this participant now: not after they left, and never for file exports alone. */
  asked: boolean;
  /** When we last looked at the provider and learned when devices had synced. */
  lookedMs: number | null;
  /** Whose fault it was that the last run left something out; null where it left out nothing. */
  lastFailure: "source_outage" | "pipeline_fault" | null;
  /** The last run of all broke off before it learned of any sync. */
  couldNotLook: boolean;
  /** When a refusal of this connection was last held back as nobody's own. */
  heldMs: number | null;
  /** When the devices' list was last stored: later than the last look while a run is under way. */
  devicesSeenMs: number | null;
  /** What trackers said at the syncs we know of, oldest first. */
  readings: readonly DeviceReading[];
  /** The newest sync of a tracker by the newest reply about devices; where it tells of none, the newest sample stands in. */
  toldSyncMs: number | null;
  /** Minutes the source told something of that was refused. */
  refusedMinutes: ReadonlySet<number>;
  /** The first and the newest minute measured by a wearable. */
  firstSampleMs: number | null;
  newestSampleMs: number | null;
}>;

export type StateSpan = Readonly<{
  state: "invited" | "active" | "paused" | "withdrawn" | "completed";
  fromMs: number;
  untilMs: number;
}>;

export type ConnectionFacts = Readonly<{
  usable: boolean;
  sinceMs: number;
  /** The first consent of all, whole or in part: what was read, was read after it. */
  isFirst: boolean;
  /** The provider answered again by itself: what was read then is no consent's doing. */
  cameBackByReading: boolean;
}>;

/** A tracker at one of its syncs. */
export type DeviceReading = Readonly<{
  device: number;
  syncMs: number;
  batteryPercent: number | null;
}>;

/** A local day and what is known of its heart rate's reading. */
export type DayFacts = Readonly<{
  day: string;
  startMs: number;
  endMs: number;
  finalMs: number | null;
  /** End of the last reading that reached the end of its window, and the device sync it went by. */
  readMs: number | null;
  readSyncMs: number | null;
  /** It is final, and what else tells of wear (steps, sleep) could not be read to its end although it is granted. */
  evidenceUnread: boolean;
}>;
