import type { Endpoint } from "./endpoint.ts";
import { readPoints } from "./readings.ts";
import { minuteShape, rollUpRequest } from "./roll-up.ts";

const MAX_ROLL_UP_DAYS = 90;

const ROLL_UP = {
  what: "steps by minute",
  path: "/v4/users/me/dataTypes/steps/dataPoints",
  maxDays: MAX_ROLL_UP_DAYS,
};

/**
 * Steps of each minute that has any, as the provider reconciles them: what watch and phone both counted is told once.
 * A minute that is absent had no step, or was not worn, or is not synced yet: which, only other data can tell.
 */
export const stepsByMinute: Endpoint = {
  listKey: "rollupDataPoints",
  maxWindowDays: MAX_ROLL_UP_DAYS,
  request: (window, family) => rollUpRequest(ROLL_UP, window, family),
  parse: (points, context) => readPoints(points, minuteShape("steps", "countSum"), context),
};
