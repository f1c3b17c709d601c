import { scopes } from "../oauth/scopes.ts";
import type { Participant, SampleSeries } from "../participant.ts";
import { civilDateTime, formatInstant } from "../time.ts";

/** Count, sum and extremes of the samples of one window. */
export type Aggregate = Readonly<{ count: number; sum: number; min: number; max: number }>;

/** One data type of the API. A new one is one more entry of `dataTypes`. */
export type DataType = Readonly<{
  name: string;
  /** Its name in filters. */
  filterName: string;
  scope: string;
  /** Days that one rollUp may span. */
  rollUpMaxDays: number;
  series: (participant: Participant) => SampleSeries;
  /** The part of a data point that holds the value, under the type's own key. */
  point: (participant: Participant, at: number, value: number) => Readonly<Record<string, unknown>>;
  rollUp: (aggregate: Aggregate) => Readonly<Record<string, unknown>>;
}>;

const heartRate: DataType = {
  name: "heart-rate",
  filterName: "heart_rate",
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

const dataTypes: readonly DataType[] = [heartRate];

export function findDataType(name: string): DataType | undefined {
  return dataTypes.find((type) => type.name === name);
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
