import type { Interval } from "./intervals.ts";
import type { LifeEvent } from "./life-event.ts";
import type { Participant, SampleSeries } from "./participant.ts";
import { formatInstant, MINUTE } from "./time.ts";

/** The samples of one minute. */
export type TruthMinute = Readonly<{
  start: string;
  count: number;
  mean: number;
  min: number;
  max: number;
}>;

/** A life event with its instants written out. */
export type TruthEvent = Readonly<{
  at: string;
  kind: LifeEvent["kind"];
  activity?: string;
  timeZone?: string;
  lostFrom?: string;
  lostTo?: string;
}>;

/** What happened to a participant in [from, to), and what a perfect reader would have by now. */
export type Truth = Readonly<{
  participant: string;
  persona: string;
  timeZone: string;
  from: string;
  to: string;
  lastSync: string | null;
  events: readonly TruthEvent[];
  /** Heart rate that the API serves now. */
  minutes: readonly TruthMinute[];
  /** Heart rate that was measured: equal to `minutes` but for what is not synced yet or was forgotten. */
  measured: readonly TruthMinute[];
  /** Steps that the API serves now, of minutes that have any: by the watch alone, and by all sources together. */
  steps: Readonly<{ wearable: readonly StepMinute[]; all: readonly StepMinute[] }>;
}>;

export type StepMinute = Readonly<{ start: string; count: number }>;

/** Tells the truth up to `now`; what lies ahead is not told. */
export function tellTruth(participant: Participant, range: Interval, now: number): Truth {
  const { heartRate, steps } = participant;
  const past = { from: range.from, to: Math.max(range.from, Math.min(range.to, now + 1)) };
  const syncs = participant.devices(now).map(({ lastSyncAt }) => lastSyncAt ?? 0);
  const lastSync = Math.max(0, ...syncs);
  return {
    participant: participant.id,
    persona: participant.persona,
    timeZone: participant.zone.name,
    from: formatInstant(range.from),
    to: formatInstant(range.to),
    lastSync: lastSync === 0 ? null : formatInstant(lastSync),
    events: participant.events(past).map(readable),
    minutes: minutesOf((visit) => heartRate.known(past, now, visit)),
    measured: minutesOf((visit) => heartRate.measured(past, visit)),
    steps: {
      wearable: stepsOf(steps.wearable, past, now),
      all: stepsOf(steps.all, past, now),
    },
  };
}

function readable(event: LifeEvent): TruthEvent {
  const { at, kind } = event;
  return {
    at: formatInstant(at),
    kind,
    ...("activity" in event && { activity: event.activity }),
    ...("timeZone" in event && { timeZone: event.timeZone }),
    ...(kind === "memory_exceeded" && {
      lostFrom: formatInstant(event.lostFrom),
      lostTo: formatInstant(event.lostTo),
    }),
  };
}

function stepsOf(series: SampleSeries, range: Interval, now: number): StepMinute[] {
  const minutes: StepMinute[] = [];
  series.known(range, now, (at, count) => minutes.push({ start: formatInstant(at), count }));
  return minutes;
}

function minutesOf(walk: (visit: Parameters<SampleSeries["measured"]>[1]) => void): TruthMinute[] {
  const minutes = new Map<number, number[]>();
  walk((at, value) => {
    const minute = Math.floor(at / MINUTE) * MINUTE;
    const values = minutes.get(minute);
    if (values === undefined) minutes.set(minute, [value]);
    else values.push(value);
  });
  return [...minutes].map(([start, values]) => ({
    start: formatInstant(start),
    count: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: Math.min(...values),
    max: Math.max(...values),
  }));
}
