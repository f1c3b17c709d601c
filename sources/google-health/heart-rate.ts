import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { Endpoint } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { PointShape, Refusal } from "./readings.ts";
import { readPoints } from "./readings.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

const PATH = "/v4/users/me/dataTypes/heart-rate/dataPoints";
/** Trackers and watches alone: nothing typed in, nothing from other apps. */
const WEARABLES = "users/me/dataSourceFamilies/google-wearables";
const PAGE_SIZE = 10_000;
const MINUTE_MS = 60_000;
const MAX_ROLL_UP_DAYS = 14;

const UNALIGNED: Refusal = {
  reason: "unaligned_window",
  detail: "roll-up window is not one full minute",
};

/** The provider's own mean of each minute, over all wearables and without points recorded while not worn. */
export const heartRateByMinute: Endpoint = {
  listKey: "rollupDataPoints",
  maxWindowDays: MAX_ROLL_UP_DAYS,
  request: minuteRequest,
  parse: (points, context) => readPoints(points, MINUTE, context),
};

/** Every sample the device recorded, about one in two seconds. A day at a time, to keep memory small. */
export const heartRateSamples: Endpoint = {
  listKey: "dataPoints",
  maxWindowDays: 1,
  request: sampleRequest,
  parse: (points, context) => readPoints(points, SAMPLE, context),
};

/** The API counts its minutes from the range's start, so a range that is not on full minutes would shift them all. */
function minuteRequest(window: TimeWindow): ApiRequest {
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  if (from % MINUTE_MS !== 0 || to % MINUTE_MS !== 0 || !(from < to)) {
    throw new RangeError("A heart-rate window must run from one full UTC minute to a later one");
  }
  if (to - from > MAX_ROLL_UP_DAYS * 86_400_000) {
    throw new RangeError(`A heart-rate window by minute spans at most ${MAX_ROLL_UP_DAYS} days`);
  }
  return {
    what: "heart rate by minute",
    method: "POST",
    path: `${PATH}:rollUp`,
    body: {
      range: { startTime: formatTimestamp(window.from), endTime: formatTimestamp(window.to) },
      windowSize: "60s",
      pageSize: PAGE_SIZE,
      dataSourceFamily: WEARABLES,
    },
    window,
  };
}

const MINUTE: PointShape = {
  key: "heartRate",
  timeOf: (point) => point["startTime"],
  valueOf: (content) => content["beatsPerMinuteAvg"],
  refuseInstant: (time, point) => (isFullMinute(time, point) ? null : UNALIGNED),
};

function isFullMinute(time: number, point: JsonObject): boolean {
  const end = point["endTime"];
  const isWhole = end === undefined || parseTimestamp(end) === time + MINUTE_MS;
  return time % MINUTE_MS === 0 && isWhole;
}

function sampleRequest(window: TimeWindow): ApiRequest {
  if (!(window.from.getTime() < window.to.getTime())) {
    throw new RangeError("A heart-rate window must end after it begins");
  }
  const member = "heart_rate.sample_time.physical_time";
  const [from, to] = [formatTimestamp(window.from), formatTimestamp(window.to)];
  return {
    what: "heart-rate samples",
    method: "GET",
    path: PATH,
    query: {
      filter: `${member} >= "${from}" AND ${member} < "${to}"`,
      pageSize: String(PAGE_SIZE),
      dataSourceFamily: WEARABLES,
    },
    window,
  };
}

const SAMPLE: PointShape = {
  key: "heartRate",
  timeOf: (_, content) => {
    const sampleTime = content["sampleTime"];
    return isObject(sampleTime) ? sampleTime["physicalTime"] : undefined;
  },
  valueOf: (content) => content["beatsPerMinute"],
};
