import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { Endpoint } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import type { PointShape, Refusal } from "./readings.ts";
import { openSamples } from "./readings.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

const PAGE_SIZE = 10_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const UNALIGNED: Refusal = {
  reason: "unaligned_window",
  detail: "roll-up window is not one full minute",
};

/** A family as Google names it, for the account that asks. */
export const familyName = (family: string): string => `users/me/dataSourceFamilies/${family}`;

/** Where the data points of a type are. */
export const pathOf = (dataType: string): string => `/v4/users/me/dataTypes/${dataType}/dataPoints`;

/** A data type that the provider rolls up by the minute, over all sources of a family and without points not worn. */
export type RollUp = Readonly<{
  dataType: string;
  permission: Endpoint["permission"];
  /** How far one request may reach. */
  maxDays: number;
  /** The key of its points, and the value in what stands there. */
  key: string;
  valueOf: PointShape["valueOf"];
  /** A minute of zero says the same as a minute that is absent. */
  sparse: boolean;
}>;

/** Reads one value a minute. */
export function rolledUpByMinute(rollUp: RollUp): Endpoint {
  return {
    permission: rollUp.permission,
    listKey: "rollupDataPoints",
    maxWindowDays: rollUp.maxDays,
    request: (span, family) => rollUpRequest(rollUp, span, family),
    open: openSamples({
      key: rollUp.key,
      timeOf: (point) => point["startTime"],
      valueOf: rollUp.valueOf,
      zeroIsNothing: rollUp.sparse,
      refuseInstant: (time, point) => (isFullMinute(time, point) ? null : UNALIGNED),
    }),
  };
}

/**
 * Asks for the provider's own roll-up of each minute. The API counts its minutes from the range's start, so a range
 * that is not on full minutes would shift them all: RangeError.
 */
function rollUpRequest(
  { dataType, maxDays }: RollUp,
  window: TimeWindow,
  family: string,
): ApiRequest {
  const what = `${dataType} by minute`;
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  if (from % MINUTE_MS !== 0 || to % MINUTE_MS !== 0 || !(from < to))
    throw new RangeError(`A window of ${what} must run from one full UTC minute to a later one`);
  if (to - from > maxDays * DAY_MS)
    throw new RangeError(`A window of ${what} spans at most ${maxDays} days`);
  return {
    what,
    method: "POST",
    path: `${pathOf(dataType)}:rollUp`,
    body: {
      range: { startTime: formatTimestamp(window.from), endTime: formatTimestamp(window.to) },
      windowSize: "60s",
      pageSize: PAGE_SIZE,
      dataSourceFamily: familyName(family),
    },
    window,
  };
}

function isFullMinute(time: number, point: JsonObject): boolean {
  const end = point["endTime"];
  const isWhole = end === undefined || parseTimestamp(end) === time + MINUTE_MS;
  return time % MINUTE_MS === 0 && isWhole;
}
