import type { JsonObject } from "./json.ts";
import { toNumber } from "./json.ts";
import { rolledUpByMinute } from "./roll-up.ts";

/**
 * What people do, minute by minute, as the provider reconciles it: what watch and phone both counted is told once. A
 * minute that is absent had none of it, or was not worn, or is not synced yet: which, only other data can tell.
 */
const BY_MINUTE = { permission: "activity", maxDays: 90, sparse: true } as const;

/** Steps of each minute that has any; a zero that the provider does write stays one. */
export const stepsByMinute = rolledUpByMinute({
  ...BY_MINUTE,
  dataType: "steps",
  key: "steps",
  valueOf: (content) => content["countSum"],
  sparse: false,
});

/** Metres. */
export const distanceByMinute = rolledUpByMinute({
  ...BY_MINUTE,
  dataType: "distance",
  key: "distance",
  valueOf: (content) => toNumber(content["millimetersSum"]) / 1000,
});

export const floorsByMinute = rolledUpByMinute({
  ...BY_MINUTE,
  dataType: "floors",
  key: "floors",
  valueOf: (content) => content["countSum"],
});

/** Kilocalories beyond those of being alive. */
export const activeEnergyByMinute = rolledUpByMinute({
  ...BY_MINUTE,
  dataType: "active-energy-burned",
  key: "activeEnergyBurned",
  valueOf: (content) => content["kcalSum"],
});

/** Minutes earned in a minute, of all zones: 1 in the fat-burn zone, 2 above it. */
export const activeZoneMinutesByMinute = rolledUpByMinute({
  ...BY_MINUTE,
  dataType: "active-zone-minutes",
  key: "activeZoneMinutes",
  valueOf: sumOfZones,
});

const ZONES = ["sumInFatBurnHeartZone", "sumInCardioHeartZone", "sumInPeakHeartZone"];

/** A zone that is absent earned none; where all are, the point says nothing. */
function sumOfZones(content: JsonObject): number {
  const told = ZONES.flatMap((zone) => (content[zone] === undefined ? [] : [content[zone]]));
  return told.length === 0 ? Number.NaN : told.reduce((sum: number, one) => sum + toNumber(one), 0);
}
