import { z } from "zod";
import { GoogleError, invalidArgument } from "../google-error.ts";
import type { KnownSeries, Participant } from "../participant.ts";
import { DAY, formatInstant, HOUR, parseDuration, parseInstant, SECOND } from "../time.ts";
import type { World } from "../world.ts";
import type { Aggregate, DataType } from "./data-type.ts";
import type { Cursor } from "./pages.ts";
import { askedPageSize, readToken, requestDigest, restsAt, writeToken } from "./pages.ts";
import type { Family } from "./request.ts";
import { readFamily } from "./request.ts";

const Body = z.strictObject({
  range: z.strictObject({ startTime: z.string(), endTime: z.string() }),
  windowSize: z.string(),
  pageSize: z.int().optional(),
  pageToken: z.string().optional(),
  dataSourceFamily: z.string().optional(),
});

/** Windows of equal size from the range's start on; the last one is cut off at its end. */
type Windows = Readonly<{ start: number; end: number; size: number; count: number }>;
type Window = Readonly<{ index: number; aggregate: Aggregate }>;

/** One page of windows that hold a value, newest first. */
export function rollUpPage(
  world: World,
  participant: Participant,
  type: DataType,
  json: unknown,
): object {
  const maxDays = requireRollUp(type);
  if (type.rollUp === undefined) throw unsupported(type);
  const body = readRollUpBody(Body, json);
  const { pageToken, ...rest } = body;
  const asked = askedPageSize(body.pageSize);
  const windows = readWindows(body, maxDays, asked);
  const digest = requestDigest(participant.id, type.name, rest);
  const cursor = readToken(pageToken, digest);
  const family = readFamily(body.dataSourceFamily, participant);
  if (family === "nothing") return {};
  if (cursor !== null && restsAt(world.seed, cursor))
    return { nextPageToken: writeToken({ ...cursor, rested: true }) };
  const size = Math.min(asked, world.pageCap);
  const page = takeWindows(world, seriesOf(participant, type, family), windows, size, cursor);
  const last = page.at(-1);
  return {
    ...(page.length > 0 && {
      rollupDataPoints: page.map((window) => rollUpPoint(type, windows, window)),
    }),
    ...(page.length === size &&
      last !== undefined && {
        nextPageToken: writeToken({
          at: windows.start + last.index * windows.size - 1,
          skip: 0,
          request: digest,
          rested: false,
        }),
      }),
  };
}

/** Days that one roll-up of the type may span; refused where it has none. */
export function requireRollUp(type: DataType): number {
  if (type.rollUpMaxDays === null) throw unsupported(type);
  return type.rollUpMaxDays;
}

/** The refusal of something that a type cannot do. */
export function unsupported({ name }: DataType): Error {
  return invalidArgument("UNSUPPORTED_DATA_TYPE_ACTION", "Unsupported action for the data type.", {
    field: "parent",
    description: `Data type '${name}' does not support this action.`,
  });
}

/** A body of the right shape; otherwise Google's complaint about the first field that is not. */
export function readRollUpBody<Value>(shape: z.ZodType<Value>, json: unknown): Value {
  const body = shape.safeParse(json);
  if (body.success) return body.data;
  const issue = body.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const description = `Invalid value at '${field}': ${issue?.message ?? ""}`;
  throw new GoogleError(400, "INVALID_ARGUMENT", `Invalid JSON payload received. ${description}`, [
    {
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field, description }],
    },
  ]);
}

function readWindows(body: z.infer<typeof Body>, maxDays: number, pageSize: number): Windows {
  const start = parseInstant(body.range.startTime);
  const end = parseInstant(body.range.endTime);
  if (start === null || end === null || end <= start)
    throw invalidArgument("INVALID_TIME_RANGE", "Invalid time range.", {
      field: "range",
      description: "start_time must be an RFC 3339 instant before end_time.",
    });
  const size = parseDuration(body.windowSize);
  if (size === null || size < SECOND)
    throw refuseDuration("window_size", "window_size must be a duration of at least 1s.");
  const most = maxDays * DAY;
  const days = `${maxDays} days`;
  if (end - start > most) throw refuseDuration("range", `The range must not exceed ${days}.`);
  // Strict on purpose, with the default page size too: who satisfies this satisfies the real server.
  if (size * pageSize > most)
    throw refuseDuration("window_size", `window_size × page_size must not exceed ${days}.`);
  return { start, end, size, count: Math.ceil((end - start) / size) };
}

/** The refusal of a range or a window that is too long or too short. */
export function refuseDuration(field: string, description: string): Error {
  const message = "Invalid rollup query duration.";
  return invalidArgument("INVALID_ROLLUP_QUERY_DURATION", message, { field, description });
}

const seriesOf = (participant: Participant, type: DataType, family: Family) =>
  type.series(participant, family === "wearables");

function takeWindows(
  world: World,
  series: KnownSeries,
  { start, end, size, count }: Windows,
  most: number,
  cursor: Cursor | null,
): Window[] {
  const now = world.clock().getTime();
  const atOnce = Math.max(1, Math.round((6 * HOUR) / size));
  const page: Window[] = [];
  let index = cursor === null ? count : Math.floor((cursor.at - start) / size) + 1;
  while (index > 0 && page.length < most) {
    const first = Math.max(0, index - atOnce);
    const range = { from: start + first * size, to: Math.min(end, start + index * size) };
    const found = new Map<number, Aggregate>();
    series.known(range, now, (at, value) => {
      const window = Math.floor((at - start) / size);
      found.set(window, including(found.get(window), value));
    });
    page.push(...[...found].reverse().map(([window, aggregate]) => ({ index: window, aggregate })));
    index = first;
  }
  return page.slice(0, most);
}

/** An aggregate with one more value. */
export function including(aggregate: Aggregate | undefined, value: number): Aggregate {
  if (aggregate === undefined) return { count: 1, sum: value, min: value, max: value };
  const { count, sum, min, max } = aggregate;
  return {
    count: count + 1,
    sum: sum + value,
    min: Math.min(min, value),
    max: Math.max(max, value),
  };
}

function rollUpPoint(type: DataType, { start, end, size }: Windows, window: Window): object {
  const from = start + window.index * size;
  return {
    startTime: formatInstant(from),
    endTime: formatInstant(Math.min(end, from + size)),
    ...type.rollUp?.(window.aggregate),
  };
}
