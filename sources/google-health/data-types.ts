import type { Asked, Resolution } from "../source.ts";
import * as activity from "./activity.ts";
import { activityLevelByMinute } from "./activity-level.ts";
import * as daily from "./daily.ts";
import { activeMinutes, totalCalories } from "./daily-totals.ts";
import type { Endpoint } from "./endpoint.ts";
import { exercise } from "./exercise.ts";
import { heartRateByMinute, heartRateSamples } from "./heart-rate.ts";
import { sleep } from "./sleep.ts";
import * as vitals from "./vitals.ts";

/** Every data type this source reads, by its name in the API. Another one is an export of its shape's file and a row here. */
const DATA_TYPES: Readonly<Record<string, Readonly<Partial<Record<Resolution, Endpoint>>>>> = {
  "heart-rate": { minute: heartRateByMinute, sample: heartRateSamples },
  steps: { minute: activity.stepsByMinute },
  distance: { minute: activity.distanceByMinute },
  floors: { minute: activity.floorsByMinute },
  "active-zone-minutes": { minute: activity.activeZoneMinutesByMinute },
  "active-energy-burned": { minute: activity.activeEnergyByMinute },
  "activity-level": { minute: activityLevelByMinute },
  "active-minutes": { day: activeMinutes },
  "total-calories": { day: totalCalories },
  exercise: { session: exercise },
  sleep: { session: sleep },
  "heart-rate-variability": { sample: vitals.heartRateVariability },
  "oxygen-saturation": { sample: vitals.oxygenSaturation },
  weight: { sample: vitals.weight },
  "daily-resting-heart-rate": { day: daily.restingHeartRate },
  "daily-heart-rate-variability": { day: daily.dailyVariability },
  "daily-oxygen-saturation": { day: daily.dailyOxygenSaturation },
  "daily-respiratory-rate": { day: daily.respiratoryRate },
  "daily-sleep-temperature-derivations": { day: daily.sleepTemperature },
};

/** What Google notifies of, of all that is read: the others are found by polling alone. */
export const NOTIFIED: readonly string[] = [
  "active-zone-minutes",
  "activity-level",
  "daily-heart-rate-variability",
  "daily-oxygen-saturation",
  "daily-respiratory-rate",
  "daily-resting-heart-rate",
  "daily-sleep-temperature-derivations",
  "distance",
  "exercise",
  "floors",
  "heart-rate",
  "heart-rate-variability",
  "sleep",
  "steps",
  "weight",
];

/** Whether anything of a data type is read. */
export const isRead = (dataType: string): boolean => Object.hasOwn(DATA_TYPES, dataType);

/** How a data type is read at a resolution; throws RangeError where this source has it otherwise only. */
export function endpointOf({ dataType, resolution }: Asked): Endpoint {
  const endpoint = DATA_TYPES[dataType]?.[resolution];
  if (endpoint === undefined)
    throw new RangeError(`Google Health has no ${dataType} by ${resolution}`);
  return endpoint;
}
