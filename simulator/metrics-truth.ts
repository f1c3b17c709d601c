import * as movement from "./health/movement.ts";
import {
  isProcessed,
  localDay,
  nightly,
  oxygenSamples,
  variabilitySamples,
} from "./health/night-types.ts";
import type { Interval } from "./intervals.ts";
import type { KnownSeries, Participant } from "./participant.ts";
import { formatDay, formatInstant } from "./time.ts";

type Samples = readonly Readonly<{ start: string; value: number }>[];
type Days = readonly Readonly<{ day: string; value: number }>[];

/** What a perfect reader would have by now of everything but heart rate and steps; sessions are those that end in it. */
export type MetricsTruth = Readonly<{
  samples: Readonly<Record<string, Samples>>;
  days: Readonly<Record<string, Days>>;
  sleeps: readonly Readonly<{
    id: string;
    start: string;
    end: string;
    main: boolean;
    processed: boolean;
    stages: readonly Readonly<{ start: string; end: string; type: string }>[];
  }>[];
  exercises: readonly Readonly<{ id: string; start: string; end: string; type: string }>[];
}>;

/** Tells it up to `now`, in the units that the API serves. */
export function tellMetrics(participant: Participant, range: Interval, now: number): MetricsTruth {
  const past = { from: range.from, to: Math.max(range.from, Math.min(range.to, now + 1)) };
  const samplesOf = ({ known }: KnownSeries): Samples => {
    const samples: { start: string; value: number }[] = [];
    known(past, now, (at, value) => samples.push({ start: formatInstant(at), value }));
    return samples;
  };
  return {
    samples: {
      distance: samplesOf(movement.distance(participant, false)),
      floors: samplesOf(movement.floors(participant, false)),
      activeZoneMinutes: samplesOf(movement.activeZoneMinutes(participant, false)),
      activeEnergy: samplesOf(movement.activeEnergy(participant, false)),
      activityLevel: samplesOf(movement.activityLevel(participant, false)),
      heartRateVariability: samplesOf(variabilitySamples(participant)),
      oxygenSaturation: samplesOf(oxygenSamples(participant)),
      weight: samplesOf(participant.weight),
    },
    days: daysOf(participant, past, now),
    sleeps: participant.sleeps(past, now).map((sleep) => {
      const processed = isProcessed(sleep, now);
      return {
        id: sleep.id,
        ...ends(sleep),
        main: sleep.main,
        processed,
        stages: processed ? sleep.stages.map((one) => ({ ...ends(one), type: one.type })) : [],
      };
    }),
    exercises: participant
      .exercises(past, now)
      .map((one) => ({ id: one.id, ...ends(one), type: one.type })),
  };
}

const ends = ({ from, to }: Interval) => ({ start: formatInstant(from), end: formatInstant(to) });

function daysOf(participant: Participant, past: Interval, now: number): MetricsTruth["days"] {
  const { zone } = participant;
  const [first, last] = [zone.dayOf(past.from), zone.dayOf(past.to)];
  const days = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const each = (of: (day: number) => number | null): Days =>
    days.flatMap((day) => {
      const value = of(day);
      return value === null ? [] : [{ day: formatDay(day), value }];
    });
  const minutesAt = (level: "LIGHT" | "MODERATE" | "VIGOROUS") =>
    each((day) => {
      const minutes = movement.minutesByLevel(participant, localDay(participant, day), now);
      return minutes?.[level] ?? null;
    });
  const night = Object.entries(nightly).map(
    ([name, of]) => [name, each((day) => of(participant, day, now))] as const,
  );
  return {
    energy: each((day) => movement.totalEnergy(participant, localDay(participant, day), now)),
    light: minutesAt("LIGHT"),
    moderate: minutesAt("MODERATE"),
    vigorous: minutesAt("VIGOROUS"),
    ...Object.fromEntries(night),
  };
}
