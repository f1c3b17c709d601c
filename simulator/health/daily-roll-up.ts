import { z } from "zod";
import { invalidArgument } from "../google-error.ts";
import type { Interval } from "../intervals.ts";
import type { Participant } from "../participant.ts";
import { civilDateTime, DAY } from "../time.ts";
import type { World } from "../world.ts";
import type { DataType, Json } from "./data-type.ts";
import { localDay } from "./night-types.ts";
import { askedPageSize, readToken, requestDigest, writeToken } from "./pages.ts";
import { readFamily } from "./request.ts";
import { including, readRollUpBody, refuseDuration, requireRollUp } from "./roll-up.ts";

const CivilDate = z.strictObject({ year: z.int(), month: z.int(), day: z.int() });
/** A day begins at midnight, which is a time of nothing but zeros, or none. */
const CivilDateTime = z.strictObject({
  date: CivilDate,
  time: z.strictObject({ hours: z.literal(0).optional() }).optional(),
});
const Body = z.strictObject({
  range: z.strictObject({ start: CivilDateTime, end: CivilDateTime }),
  windowSizeDays: z.int().min(1).optional(),
  pageSize: z.int().optional(),
  pageToken: z.string().optional(),
  dataSourceFamily: z.string().optional(),
});

/** One page of local days that hold a value, newest first; the end of the range is not among them. */
export function dailyRollUpPage(
  world: World,
  participant: Participant,
  type: DataType,
  json: unknown,
): object {
  const maxDays = requireRollUp(type);
  const body = readRollUpBody(Body, json);
  const { pageToken, ...rest } = body;
  const size = askedPageSize(body.pageSize, maxDays);
  const { first, last } = readDays(body, maxDays);
  const request = requestDigest(participant.id, type.name, "daily", rest);
  const cursor = readToken(pageToken, request);
  const family = readFamily(body.dataSourceFamily, participant);
  if (family === "nothing") return {};
  const now = world.clock().getTime();
  const points: object[] = [];
  let day = (cursor === null ? last : cursor.at / DAY) - 1;
  for (; day >= first && points.length < size; day--) {
    const range = localDay(participant, day);
    const value = totalOf(type, participant, range, now, family === "wearables");
    if (value !== null) points.push({ ...windowOf(day), ...value });
  }
  return {
    ...(points.length > 0 && { rollupDataPoints: points }),
    ...(day >= first && {
      nextPageToken: writeToken({ at: (day + 1) * DAY, skip: 0, request, rested: false }),
    }),
  };
}

/** From the first day to the one after the last. */
function readDays({ range, windowSizeDays = 1 }: z.infer<typeof Body>, maxDays: number) {
  const [first, last] = [dayOf(range.start.date), dayOf(range.end.date)];
  if (!(first < last))
    throw invalidArgument("INVALID_TIME_RANGE", "Invalid time range.", {
      field: "range",
      description: "start must be a date before end.",
    });
  if (last - first > maxDays || windowSizeDays !== 1)
    throw refuseDuration("range", `The range must be of single days, at most ${maxDays}.`);
  return { first, last };
}

function dayOf({ year, month, day }: z.infer<typeof CivilDate>): number {
  return Date.UTC(year, month - 1, day) / DAY;
}

/** `time` of midnight is printed as an object without fields. */
function windowOf(day: number): Json {
  return {
    civilStartTime: civilDateTime(day * DAY, 0),
    civilEndTime: civilDateTime((day + 1) * DAY, 0),
  };
}

function totalOf(
  type: DataType,
  participant: Participant,
  range: Interval,
  now: number,
  wearablesOnly: boolean,
): Json | null {
  if (type.rollUpOfDays !== undefined) return type.rollUpOfDays(participant, range, now);
  let aggregate: ReturnType<typeof including> | undefined;
  type.series(participant, wearablesOnly).known(range, now, (_, value) => {
    aggregate = including(aggregate, value);
  });
  return aggregate === undefined ? null : (type.rollUp?.(aggregate) ?? null);
}
