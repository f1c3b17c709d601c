import type { Interval } from "../intervals.ts";
import type { KnownSeries, Participant, Sleep } from "../participant.ts";
import { mix, unit } from "../random.ts";
import { DAY, MINUTE } from "../time.ts";
import { personOf } from "./movement.ts";

/** Stages are computed this long after the sync that brought the sleep. */
const PROCESSING = 10 * MINUTE;
const EVERY = 5 * MINUTE;

export const isProcessed = ({ syncedAt }: Sleep, now: number): boolean =>
  now >= syncedAt + PROCESSING;

/** Something the watch measures every five minutes of a sleep; the value is drawn of person, purpose and instant. */
function throughTheNight(purpose: number, low: number, high: number) {
  return (participant: Participant): KnownSeries => {
    const key = mix(personOf(participant), purpose);
    return {
      extent: participant.heartRate.extent,
      known: ({ from, to }, now, visit) => {
        for (const sleep of participant.sleeps({ from, to: to + DAY }, now)) {
          const first = Math.ceil(Math.max(from, sleep.from) / EVERY) * EVERY;
          for (let at = first; at < Math.min(to, sleep.to); at += EVERY)
            visit(at, tenths(low + unit(key, at / MINUTE) * (high - low)));
        }
      },
    };
  };
}

/** The main sleep that ends on a local day, once its stages are computed. */
function nightOf(participant: Participant, day: number, now: number): Sleep | undefined {
  return participant
    .sleeps(localDay(participant, day), now)
    .find((sleep) => sleep.main && isProcessed(sleep, now));
}

/** A local day in instants. */
export function localDay({ zone }: Participant, day: number): Interval {
  return { from: zone.instantOf(day, 0), to: zone.instantOf(day + 1, 0) };
}

/** Something the cloud computes of a day's main sleep; null where there was none. */
function ofTheNight(purpose: number, low: number, high: number) {
  return (participant: Participant, day: number, now: number): number | null => {
    if (nightOf(participant, day, now) === undefined) return null;
    return tenths(low + unit(mix(personOf(participant), purpose), day) * (high - low));
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What the cloud computes of a day's main sleep, by name. */
export const nightly = {
  restingHeartRate: (participant: Participant, day: number, now: number) => {
    const bpm = ofTheNight(91, 50, 72)(participant, day, now);
    return bpm === null ? null : Math.round(bpm);
  },
  variability: ofTheNight(92, 22, 80),
  deepSleepVariability: ofTheNight(93, 25, 90),
  oxygen: ofTheNight(94, 94, 98),
  lowestOxygen: ofTheNight(95, 88, 93.9),
  breaths: ofTheNight(96, 12, 18),
  temperature: ofTheNight(97, 33, 35.5),
  usualTemperature: ofTheNight(98, 34, 34.4),
} as const;

export const variabilitySamples = throughTheNight(101, 15, 95);
export const oxygenSamples = throughTheNight(102, 90, 99.5);
