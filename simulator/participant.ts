import type { Interval } from "./intervals.ts";
import type { LifeEvent } from "./life-event.ts";
import type { Zone } from "./zone.ts";

/** Called with one sample: its instant in milliseconds and its value. */
export type VisitSample = (at: number, value: number) => void;

/** One metric of one participant, in two truths: what was measured, and what the cloud knows by now. */
export type SampleSeries = Readonly<{
  /** Every sample of [from, to) that had been synced by `now` and was not forgotten, oldest first. */
  known: (range: Interval, now: number, visit: VisitSample) => void;
  /** Every sample of [from, to) that the sensor took, whether or not the cloud ever hears of it. */
  measured: (range: Interval, visit: VisitSample) => void;
  /** From the first instant that can hold a sample to just after the last one known at `now`. */
  extent: (now: number) => Interval;
}>;

/** What the cloud knows of a metric by now; nobody asks what else was measured. */
export type KnownSeries = Pick<SampleSeries, "known" | "extent">;

/** A stage of sleep, in full minutes. */
export type SleepStage = Interval & Readonly<{ type: "AWAKE" | "LIGHT" | "DEEP" | "REM" }>;

/** A sleep as the watch saw it; its stages are told only some minutes after the sync that brought it. */
export type Sleep = Interval &
  Readonly<{ id: string; syncedAt: number; main: boolean; stages: readonly SleepStage[] }>;

export type Exercise = Interval & Readonly<{ id: string; syncedAt: number; type: string }>;

/** Sessions that end in [from, to) and had been synced by `now`, oldest first. */
export type SessionSeries<Session> = (range: Interval, now: number) => readonly Session[];

/** A paired device as it was at its last sync. */
export type Device = Readonly<{
  id: string;
  type: "TRACKER" | "SCALE";
  version: string;
  macAddress: string;
  features: readonly string[];
  /** Milliseconds; null where it never synced. */
  lastSyncAt: number | null;
  batteryLevel: number;
}>;

/** A person behind the API: a made-up persona or one of a replayed recording. */
export type Participant = Readonly<{
  /** Opaque short id such as D-0417. */
  id: string;
  healthUserId: string;
  legacyUserId: string;
  persona: string;
  zone: Zone;
  /** The scopes ticked at consent, and from when on nothing granted before holds any more. */
  grantedScopes: readonly string[];
  takesConsentBackAt: number | null;
  /** Local calendar date. */
  enrolledOn: string;
  arm: string;
  site: string;
  /** The name of the device in dataSource. */
  deviceName: string;
  devices: (now: number) => readonly Device[];
  /** What happened in [from, to), oldest first. */
  events: (range: Interval) => readonly LifeEvent[];
  heartRate: SampleSeries;
  /** Steps of each minute that has any, at its start: by the watch alone, and by all sources, which do not add up. */
  steps: Readonly<{ wearable: SampleSeries; all: SampleSeries }>;
  sleeps: SessionSeries<Sleep>;
  exercises: SessionSeries<Exercise>;
  /** Grams, by the scale. */
  weight: KnownSeries;
}>;
