import { scopes } from "../oauth/scopes.ts";
import { DAY, MINUTE } from "../time.ts";
import type { Aggregate, DataType, Json } from "./data-type.ts";
import { INTERVAL, interval } from "./data-type.ts";
import * as movement from "./movement.ts";

/** Told by the minute, listed and rolled up. */
const BY_MINUTE = {
  scope: scopes.activity,
  filterMembers: INTERVAL,
  listed: true,
  rollUpMaxDays: 90,
} as const;

const steps: DataType = {
  ...BY_MINUTE,
  name: "steps",
  series: ({ steps: { wearable, all } }, wearablesOnly) => (wearablesOnly ? wearable : all),
  point: (participant, { at, value }) => ({
    steps: { interval: interval(participant, at), count: String(value) },
  }),
  rollUp: ({ sum }) => ({ steps: { countSum: String(sum) } }),
};

const distance: DataType = {
  ...BY_MINUTE,
  name: "distance",
  series: movement.distance,
  point: (participant, { at, value }) => ({
    distance: { interval: interval(participant, at), millimeters: String(value) },
  }),
  rollUp: ({ sum }) => ({ distance: { millimetersSum: String(sum) } }),
};

/** Reconciled and rolled up, but by no source's own list. */
const floors: DataType = {
  ...BY_MINUTE,
  name: "floors",
  listed: false,
  series: movement.floors,
  point: (participant, { at, value }) => ({
    floors: { interval: interval(participant, at), count: String(value) },
  }),
  rollUp: ({ sum }) => ({ floors: { countSum: String(sum) } }),
};

const activeZoneMinutes: DataType = {
  ...BY_MINUTE,
  name: "active-zone-minutes",
  series: movement.activeZoneMinutes,
  point: (participant, { at, value }) => ({
    activeZoneMinutes: {
      interval: interval(participant, at),
      heartRateZone: value === 1 ? "FAT_BURN" : "CARDIO",
      activeZoneMinutes: String(value),
    },
  }),
  rollUp: (aggregate) => ({ activeZoneMinutes: zones(aggregate) }),
};

/** Minutes are worth 1 in the fat-burn zone and 2 above, so count and sum tell how many there were of each. */
function zones({ count, sum }: Aggregate): Json {
  const cardio = sum - count;
  const fatBurn = count - cardio;
  return {
    ...(fatBurn > 0 && { sumInFatBurnHeartZone: String(fatBurn) }),
    ...(cardio > 0 && { sumInCardioHeartZone: String(2 * cardio) }),
  };
}

const activeEnergy: DataType = {
  ...BY_MINUTE,
  name: "active-energy-burned",
  series: movement.activeEnergy,
  point: (participant, { at, value }) => ({
    activeEnergyBurned: { interval: interval(participant, at), kcal: value },
  }),
  rollUp: ({ sum }) => ({ activeEnergyBurned: { kcalSum: sum } }),
};

const LEVELS = ["SEDENTARY", "LIGHTLY_ACTIVE", "MODERATELY_ACTIVE", "VERY_ACTIVE"];

const activityLevel: DataType = {
  ...BY_MINUTE,
  name: "activity-level",
  rollUpMaxDays: null,
  series: movement.activityStretches,
  point: (participant, { at, value }) => ({
    activityLevel: {
      interval: interval(participant, at, Math.floor(value / 10) * MINUTE),
      activityLevelType: LEVELS[value % 10],
    },
  }),
};

const activeMinutes: DataType = {
  ...BY_MINUTE,
  name: "active-minutes",
  rollUpMaxDays: 14,
  series: movement.activityLevel,
  point: (participant, { at, value }) => ({
    activeMinutes: {
      interval: interval(participant, at),
      activeMinutesByActivityLevel: [
        { activityLevel: ["LIGHT", "MODERATE", "VIGOROUS"][value - 1], activeMinutes: "1" },
      ],
    },
  }),
  rollUpOfDays: (participant, range, now) => {
    const minutes = movement.minutesByLevel(participant, range, now);
    if (minutes === null) return null;
    // A level without a minute is not told.
    const told = Object.entries(minutes).filter(([, count]) => count > 0);
    return {
      activeMinutes: {
        activeMinutesRollupByActivityLevel: told.map(([activityLevel, count]) => ({
          activityLevel,
          activeMinutesSum: String(count),
        })),
      },
    };
  },
};

const totalCalories: DataType = {
  ...BY_MINUTE,
  name: "total-calories",
  listed: false,
  rollUpMaxDays: 14,
  series: ({ heartRate }) => ({ ...heartRate, known: () => undefined }),
  point: () => ({}),
  rollUpOfDays: (participant, range, now) => {
    const kcalSum =
      range.to - range.from < DAY / 2 ? null : movement.totalEnergy(participant, range, now);
    return kcalSum === null ? null : { totalCalories: { kcalSum } };
  },
};

/** What people do. */
export const activityTypes: readonly DataType[] = [
  steps,
  distance,
  floors,
  activeZoneMinutes,
  activeEnergy,
  activityLevel,
  activeMinutes,
  totalCalories,
];
