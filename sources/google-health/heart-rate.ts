import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { RejectedReading, SampleColumns, SeriesRule, TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import { parseInstant } from "./instants.ts";

const POINTS = "/v4/users/me/dataTypes/heart-rate/dataPoints";
/** Trackers and watches only: what a phone or a person enters is not wear. */
const WEARABLES = "users/me/dataSourceFamilies/google-wearables";
const PAGE_SIZE = 10_000;
const MINUTE_MS = 60_000;

export type ParsedPage = Readonly<{ samples: SampleColumns; rejected: RejectedReading[] }>;

/** Asks for one mean a minute. Windows are anchored at the start of the range, so it must be a full minute. */
export function minuteRequest(window: TimeWindow, pageToken: string | null): ApiRequest {
  for (const edge of [window.from, window.to]) {
    if (edge.getTime() % MINUTE_MS !== 0)
      throw new RangeError("A window must begin and end at a full minute");
  }
  return {
    method: "POST",
    path: `${POINTS}:rollUp`,
    body: {
      range: { startTime: window.from.toISOString(), endTime: window.to.toISOString() },
      windowSize: "60s",
      pageSize: PAGE_SIZE,
      dataSourceFamily: WEARABLES,
      ...(pageToken !== null && { pageToken }),
    },
    window,
  };
}

/** Asks for every sample the device recorded. */
export function sampleRequest(window: TimeWindow, pageToken: string | null): ApiRequest {
  const time = "heart_rate.sample_time.physical_time";
  const query = new URLSearchParams({
    filter: `${time} >= "${window.from.toISOString()}" AND ${time} < "${window.to.toISOString()}"`,
    pageSize: String(PAGE_SIZE),
    dataSourceFamily: WEARABLES,
    ...(pageToken !== null && { pageToken }),
  });
  return { method: "GET", path: `${POINTS}?${query}`, window };
}

const MinutePage = z.object({ rollupDataPoints: z.array(z.unknown()).default([]) });
const SamplePage = z.object({ dataPoints: z.array(z.unknown()).default([]) });

/** Reads a page of minutes; throws UnexpectedReply where the envelope is another. */
export function parseMinutes(
  rule: SeriesRule,
  window: TimeWindow,
  json: unknown,
  text: string,
): ParsedPage {
  const page = MinutePage.safeParse(json);
  if (!page.success) throw new UnexpectedReply("No page of heart-rate minutes", { body: text });
  return collect(page.data.rollupDataPoints, (point) => readMinute(rule, window, point));
}

/** Reads a page of samples; throws UnexpectedReply where the envelope is another. */
export function parseSamples(
  rule: SeriesRule,
  window: TimeWindow,
  json: unknown,
  text: string,
): ParsedPage {
  const page = SamplePage.safeParse(json);
  if (!page.success) throw new UnexpectedReply("No page of heart-rate samples", { body: text });
  return collect(page.data.dataPoints, (point) => readSample(rule, window, point));
}

type Reading = Readonly<{ time: number; value: number }>;
type Refusal = Readonly<Pick<RejectedReading, "reason" | "detail">>;

/**
 * Sorts points into samples and rejects. An instant that comes twice with one value is kept once; with another
 * value the first of the page is kept and the other rejected, since nothing says which is right.
 */
function collect(
  points: readonly unknown[],
  read: (point: unknown) => Reading | Refusal,
): ParsedPage {
  const samples = new Map<number, number>();
  const rejected: RejectedReading[] = [];
  for (const point of points) {
    const found = read(point);
    const refusal = "reason" in found ? found : conflict(samples, found);
    if (refusal !== null)
      rejected.push({ ...refusal, payload: (JSON.stringify(point) ?? "").slice(0, 4000) });
    else if ("time" in found) samples.set(found.time, found.value);
  }
  return { samples: { times: [...samples.keys()], values: [...samples.values()] }, rejected };
}

function conflict(samples: ReadonlyMap<number, number>, { time, value }: Reading): Refusal | null {
  const kept = samples.get(time);
  if (kept === undefined || kept === value) return null;
  return refuse("duplicate_conflict", "The same instant came before with another value");
}

function readMinute(rule: SeriesRule, window: TimeWindow, point: unknown): Reading | Refusal {
  if (!isObject(point)) return refuse("unparseable_point", "A point is no object");
  const reading = point["heartRate"];
  if (!isObject(reading)) return refuse("unknown_type", "A point without heartRate");
  const time = parseInstant(point["startTime"]);
  if (time === null) return refuse("bad_time", "startTime is no RFC 3339 instant");
  if (time % MINUTE_MS !== 0) return refuse("unaligned_window", "startTime is not a full minute");
  return within(rule, window, time, toNumber(reading["beatsPerMinuteAvg"]));
}

function readSample(rule: SeriesRule, window: TimeWindow, point: unknown): Reading | Refusal {
  if (!isObject(point)) return refuse("unparseable_point", "A point is no object");
  const reading = point["heartRate"];
  if (!isObject(reading)) return refuse("unknown_type", "A point without heartRate");
  const { sampleTime } = reading;
  const time = parseInstant(isObject(sampleTime) ? sampleTime["physicalTime"] : null);
  if (time === null) return refuse("bad_time", "physicalTime is no RFC 3339 instant");
  return within(rule, window, time, toNumber(reading["beatsPerMinute"]));
}

function within(
  { scale, plausibleMin, plausibleMax }: SeriesRule,
  { from, to }: TimeWindow,
  time: number,
  value: number | null,
): Reading | Refusal {
  if (time < from.getTime() || time >= to.getTime()) {
    return refuse("outside_window", "The instant is outside the window that was asked for");
  }
  if (value === null) return refuse("not_a_number", "The value is missing or no finite number");
  if (value < plausibleMin || value > plausibleMax) {
    return refuse("implausible_value", `The value is outside ${plausibleMin} to ${plausibleMax}`);
  }
  return { time, value: Math.round(value * scale) };
}

/** int64 comes as text, doubles as numbers. A heart rate of zero does not exist, so a missing one is no zero. */
function toNumber(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function refuse(reason: RejectedReading["reason"], detail: string): Refusal {
  return { reason, detail };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
