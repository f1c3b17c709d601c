import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { Endpoint } from "./endpoint.ts";
import { isObject } from "./json.ts";
import type { PointShape } from "./readings.ts";
import { readPoints } from "./readings.ts";
import { familyName, minuteShape, rollUpRequest } from "./roll-up.ts";
import { formatTimestamp } from "./timestamp.ts";

const PATH = "/v4/users/me/dataTypes/heart-rate/dataPoints";
const PAGE_SIZE = 10_000;
const MAX_ROLL_UP_DAYS = 14;

const ROLL_UP = { what: "heart rate by minute", path: PATH, maxDays: MAX_ROLL_UP_DAYS };

/** The provider's own mean of each minute, over all wearables and without points recorded while not worn. */
export const heartRateByMinute: Endpoint = {
  listKey: "rollupDataPoints",
  maxWindowDays: MAX_ROLL_UP_DAYS,
  request: (window, family) => rollUpRequest(ROLL_UP, window, family),
  parse: (points, context) =>
    readPoints(points, minuteShape("heartRate", "beatsPerMinuteAvg"), context),
};

/** Every sample the device recorded, about one in two seconds. A day at a time, to keep memory small. */
export const heartRateSamples: Endpoint = {
  listKey: "dataPoints",
  maxWindowDays: 1,
  request: sampleRequest,
  parse: (points, context) => readPoints(points, SAMPLE, context),
};

function sampleRequest(window: TimeWindow, family: string): ApiRequest {
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
      dataSourceFamily: familyName(family),
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
