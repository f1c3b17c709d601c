import { scopes } from "../oauth/scopes.ts";
import type { Participant, SampleSeries } from "../participant.ts";
import { civilDateTime, formatInstant, MINUTE } from "../time.ts";

/** Count, sum and extremes of the samples of one window. */
export type Aggregate = Readonly<{ count: number; sum: number; min: number; max: number }>;

/** One data type of the API. A new one is one more entry of `dataTypes`. */
export type DataType = Readonly<{
  name: string;
  /** Its name in filters, and the members that may be filtered by. */
  filterName: string;
  filterMembers: Readonly<{ physical: string; civil: string }>;
  scope: string;
  /** Days that one rollUp may span. */
  rollUpMaxDays: number;
  /** What the wearable gave, or all sources together. */
  series: (participant: Participant, wearablesOnly: boolean) => SampleSeries;
  /** The part of a data point that holds the value, under the type's own key. */
  point: (participant: Participant, at: number, value: number) => Readonly<Record<string, unknown>>;
  rollUp: (aggregate: Aggregate) => Readonly<Record<string, unknown>>;
}>;

const heartRate: DataType = {
  name: "heart-rate",
  filterName: "heart_rate",
  filterMembers: { physical: "sample_time.physical_time", civil: "sample_time.civil_time" },
  scope: scopes.health,
  rollUpMaxDays: 14,
  series: (participant) => participant.heartRate,
  point: (participant, at, value) => ({
    heartRate: { sampleTime: sampleTime(participant, at), beatsPerMinute: String(value) },
  }),
  rollUp: ({ count, sum, min, max }) => ({
    heartRate: { beatsPerMinuteAvg: sum / count, beatsPerMinuteMax: max, beatsPerMinuteMin: min },
  }),
};

const steps: DataType = {
  name: "steps",
  filterName: "steps",
  filterMembers: { physical: "interval.start_time", civil: "interval.civil_start_time" },
  scope: scopes.activity,
  rollUpMaxDays: 90,
  series: (participant, wearablesOnly) =>
    wearablesOnly ? participant.steps.wearable : participant.steps.all,
  point: (participant, at, value) => ({
    steps: { interval: minuteInterval(participant, at), count: String(value) },
  }),
  rollUp: ({ sum }) => ({ steps: { countSum: String(sum) } }),
};

const dataTypes: readonly DataType[] = [heartRate, steps];

export function findDataType(name: string): DataType | undefined {
  return dataTypes.find((type) => type.name === name);
}

function minuteInterval({ zone }: Participant, at: number): Readonly<Record<string, unknown>> {
  const end = at + MINUTE;
  const [startOffset, endOffset] = [zone.offsetSeconds(at), zone.offsetSeconds(end)];
  return {
    startTime: formatInstant(at),
    ...(startOffset !== 0 && { startUtcOffset: `${startOffset}s` }),
    endTime: formatInstant(end),
    ...(endOffset !== 0 && { endUtcOffset: `${endOffset}s` }),
    civilStartTime: civilDateTime(at, startOffset),
    civilEndTime: civilDateTime(end, endOffset),
  };
}

function sampleTime({ zone }: Participant, at: number): Readonly<Record<string, unknown>> {
  const offset = zone.offsetSeconds(at);
  return {
    physicalTime: formatInstant(at),
    // A zero is absent, as every zero of proto3.
    ...(offset !== 0 && { utcOffset: `${offset}s` }),
    civilTime: civilDateTime(at, offset),
  };
}
