import type { Interval } from "../intervals.ts";
import type { KnownSeries, Participant } from "../participant.ts";
import { civilDateTime, DAY, formatInstant, MINUTE } from "../time.ts";

/** Count, sum and extremes of the samples of one window. */
export type Aggregate = Readonly<{ count: number; sum: number; min: number; max: number }>;

export type Json = Readonly<Record<string, unknown>>;

/** One data point as a series holds it: its instant, and what the type makes of it. */
export type Told = Readonly<{ at: number; value: number; now: number }>;

/** One data type of the API. A new one is one more entry of a table of `data-types.ts`. */
export type DataType = Readonly<{
  name: string;
  scope: string;
  /** What may be filtered by, after the type's own name in snake case. */
  filterMembers: Readonly<Partial<Record<"physical" | "civil" | "date", string>>>;
  /** Types that exist by roll-up alone are not listed. */
  listed: boolean;
  /** The most points of a page, where that is less than of others. */
  maxPageSize?: number;
  /** Whether `list` refuses a data source family. */
  familyOnlyReconciled?: boolean;
  /** What the wearable gave, or all sources together: instants by which points are filtered and ordered. */
  series: (participant: Participant, wearablesOnly: boolean) => KnownSeries;
  /** The part of a data point that holds the value, under the type's own key. */
  point: (participant: Participant, told: Told) => Json;
  /** The id of a point, where points of the type have one. */
  idOf?: (participant: Participant, told: Told) => string;
  /** What the reconciled stream says otherwise. */
  reconciled?: (point: Json) => Json;
  /** Days that one roll-up may span; of a type that has none, null. */
  rollUpMaxDays: number | null;
  rollUp?: (aggregate: Aggregate) => Json;
  /** Of a stretch of a day or more; null where there is nothing to tell. Absent: `rollUp` of its samples. */
  rollUpOfDays?: (participant: Participant, range: Interval, now: number) => Json | null;
}>;

export const INTERVAL = {
  physical: "interval.start_time",
  civil: "interval.civil_start_time",
} as const;
export const SAMPLE = {
  physical: "sample_time.physical_time",
  civil: "sample_time.civil_time",
} as const;

/** Offsets of zero are absent, as every zero of proto3. */
export function sessionInterval({ zone }: Participant, { from, to }: Interval): Json {
  const [start, end] = [zone.offsetSeconds(from), zone.offsetSeconds(to)];
  return {
    startTime: formatInstant(from),
    ...(start !== 0 && { startUtcOffset: `${start}s` }),
    endTime: formatInstant(to),
    ...(end !== 0 && { endUtcOffset: `${end}s` }),
  };
}

/** The stretch that begins at an instant, by default a minute long. */
export function interval(participant: Participant, at: number, length = MINUTE): Json {
  const end = at + length;
  const { zone } = participant;
  return {
    ...sessionInterval(participant, { from: at, to: end }),
    civilStartTime: civilDateTime(at, zone.offsetSeconds(at)),
    civilEndTime: civilDateTime(end, zone.offsetSeconds(end)),
  };
}

export function sampleTime({ zone }: Participant, at: number): Json {
  const offset = zone.offsetSeconds(at);
  return {
    physicalTime: formatInstant(at),
    ...(offset !== 0 && { utcOffset: `${offset}s` }),
    civilTime: civilDateTime(at, offset),
  };
}

/** The local days of a participant on which something is known, as midnights read as if they were UTC. */
export function daySeries(
  isKnown: (participant: Participant, day: number, now: number) => boolean,
): DataType["series"] {
  return (participant) => {
    const dayOf = (at: number) => participant.zone.dayOf(at) * DAY;
    const { extent } = participant.heartRate;
    return {
      extent: (now) => {
        const { from, to } = extent(now);
        return { from: dayOf(from), to: dayOf(to) + DAY };
      },
      known: ({ from, to }, now, visit) => {
        for (let day = Math.ceil(from / DAY); day * DAY < to; day++)
          if (isKnown(participant, day, now)) visit(day * DAY, 1);
      },
    };
  };
}
