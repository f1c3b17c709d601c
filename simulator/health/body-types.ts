import { scopes } from "../oauth/scopes.ts";
import type { Participant } from "../participant.ts";
import { civilDateTime, DAY } from "../time.ts";
import type { DataType } from "./data-type.ts";
import { daySeries, SAMPLE, sampleTime } from "./data-type.ts";
import { nightly, oxygenSamples, variabilitySamples } from "./night-types.ts";

const SAMPLED = {
  scope: scopes.health,
  filterMembers: SAMPLE,
  listed: true,
  rollUpMaxDays: null,
} as const;

const heartRate: DataType = {
  ...SAMPLED,
  name: "heart-rate",
  rollUpMaxDays: 14,
  series: (participant) => participant.heartRate,
  point: (participant, { at, value }) => ({
    heartRate: { sampleTime: sampleTime(participant, at), beatsPerMinute: String(value) },
  }),
  rollUp: ({ count, sum, min, max }) => ({
    heartRate: { beatsPerMinuteAvg: sum / count, beatsPerMinuteMax: max, beatsPerMinuteMin: min },
  }),
};

const variability: DataType = {
  ...SAMPLED,
  name: "heart-rate-variability",
  series: variabilitySamples,
  point: (participant, { at, value }) => ({
    heartRateVariability: {
      sampleTime: sampleTime(participant, at),
      rootMeanSquareOfSuccessiveDifferencesMilliseconds: value,
    },
  }),
};

const oxygenSaturation: DataType = {
  ...SAMPLED,
  name: "oxygen-saturation",
  series: oxygenSamples,
  point: (participant, { at, value }) => ({
    oxygenSaturation: { sampleTime: sampleTime(participant, at), percentage: value },
  }),
};

const weight: DataType = {
  ...SAMPLED,
  name: "weight",
  series: (participant) => participant.weight,
  point: (participant, { at, value }) => ({
    weight: { sampleTime: sampleTime(participant, at), weightGrams: value },
  }),
  rollUpMaxDays: 90,
  rollUp: ({ count, sum }) => ({ weight: { weightGramsAvg: sum / count } }),
};

type OfDay = (participant: Participant, day: number, now: number) => number | null;

/** A type with one point a day; its fields by name, the first of which every point has. */
function daily(name: string, key: string, fields: Readonly<Record<string, OfDay>>): DataType {
  const [always] = Object.values(fields);
  return {
    name,
    scope: scopes.health,
    filterMembers: { date: "date" },
    listed: true,
    rollUpMaxDays: null,
    series: daySeries((participant, day, now) => always?.(participant, day, now) != null),
    point: (participant, { at, now }) => ({
      [key]: {
        date: civilDateTime(at, 0).date,
        ...Object.fromEntries(
          Object.entries(fields).map(([field, of]) => [field, of(participant, at / DAY, now)]),
        ),
      },
    }),
  };
}

const restingHeartRate: OfDay = nightly.restingHeartRate;

const dailyTypes: readonly DataType[] = [
  {
    ...daily("daily-resting-heart-rate", "dailyRestingHeartRate", {
      beatsPerMinute: restingHeartRate,
    }),
    // An int64 is a text.
    point: (participant, { at, now }) => ({
      dailyRestingHeartRate: {
        date: civilDateTime(at, 0).date,
        beatsPerMinute: String(restingHeartRate(participant, at / DAY, now)),
        dailyRestingHeartRateMetadata: { calculationMethod: "WITH_SLEEP" },
      },
    }),
  },
  daily("daily-heart-rate-variability", "dailyHeartRateVariability", {
    averageHeartRateVariabilityMilliseconds: nightly.variability,
    deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds: nightly.deepSleepVariability,
  }),
  daily("daily-oxygen-saturation", "dailyOxygenSaturation", {
    averagePercentage: nightly.oxygen,
    lowerBoundPercentage: nightly.lowestOxygen,
  }),
  daily("daily-respiratory-rate", "dailyRespiratoryRate", { breathsPerMinute: nightly.breaths }),
  daily("daily-sleep-temperature-derivations", "dailySleepTemperatureDerivations", {
    nightlyTemperatureCelsius: nightly.temperature,
    baselineTemperatureCelsius: nightly.usualTemperature,
  }),
];

/** What device and scale measure of the body. */
export const bodyTypes: readonly DataType[] = [
  heartRate,
  variability,
  oxygenSaturation,
  weight,
  ...dailyTypes,
];
