import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { JsonObject } from "./json.ts";
import type { PointShape, Refusal } from "./readings.ts";
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

/** What to roll up by the minute, and how far one request may reach. */
export type RollUp = Readonly<{ what: string; path: string; maxDays: number }>;

/**
 * Asks for the provider's own roll-up of each minute. The API counts its minutes from the range's start, so a range
 * that is not on full minutes would shift them all: RangeError.
 */
export function rollUpRequest(
  { what, path, maxDays }: RollUp,
  window: TimeWindow,
  family: string,
): ApiRequest {
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  if (from % MINUTE_MS !== 0 || to % MINUTE_MS !== 0 || !(from < to))
    throw new RangeError(`A window of ${what} must run from one full UTC minute to a later one`);
  if (to - from > maxDays * DAY_MS)
    throw new RangeError(`A window of ${what} spans at most ${maxDays} days`);
  return {
    what,
    method: "POST",
    path: `${path}:rollUp`,
    body: {
      range: { startTime: formatTimestamp(window.from), endTime: formatTimestamp(window.to) },
      windowSize: "60s",
      pageSize: PAGE_SIZE,
      dataSourceFamily: familyName(family),
    },
    window,
  };
}

/** A rolled-up minute whose value stands under these keys; one that is not a full minute is refused. */
export function minuteShape(key: string, valueKey: string): PointShape {
  return {
    key,
    timeOf: (point) => point["startTime"],
    valueOf: (content) => content[valueKey],
    refuseInstant: (time, point) => (isFullMinute(time, point) ? null : UNALIGNED),
  };
}

function isFullMinute(time: number, point: JsonObject): boolean {
  const end = point["endTime"];
  const isWhole = end === undefined || parseTimestamp(end) === time + MINUTE_MS;
  return time % MINUTE_MS === 0 && isWhole;
}
