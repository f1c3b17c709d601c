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

/** How a data type is read at a resolution; throws RangeError where this source has it otherwise only. */
export function endpointOf({ dataType, resolution }: Asked): Endpoint {
  const endpoint = DATA_TYPES[dataType]?.[resolution];
  if (endpoint === undefined)
    throw new RangeError(`Google Health has no ${dataType} by ${resolution}`);
  return endpoint;
}
