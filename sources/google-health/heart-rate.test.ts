import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesRule } from "../source.ts";
import type { Endpoint } from "./endpoint.ts";
import { heartRateByMinute, heartRateSamples } from "./heart-rate.ts";
import { isObject } from "./json.ts";
import {
  minutePoint,
  minuteRule,
  morning,
  readFixture,
  readWith,
  sampleRule,
} from "./test-server.ts";

const WEARABLES = "google-wearables";
const at = (time: string) => Date.parse(`2026-09-25T${time}Z`);

function read(endpoint: Endpoint, points: unknown, rule: SeriesRule) {
  return readWith(endpoint.open([rule], morning), points);
}
const readMinutes = (points: unknown, reader = heartRateByMinute.open([minuteRule], morning)) =>
  readWith(reader, points);
const readSamples = (points: unknown) => read(heartRateSamples, points, sampleRule);
const reasons = ({ rejected }: ReturnType<typeof readMinutes>) =>
  rejected.map(({ reason }) => reason);

const samplePoint = (physicalTime: unknown, beatsPerMinute?: unknown) => ({
  dataSource: { platform: "FITBIT" },
  heartRate: { sampleTime: { physicalTime, utcOffset: "32400s" }, beatsPerMinute },
});

test("a recorded roll-up becomes one integer a minute at the window's start", async () => {
  const { rollupDataPoints } = await readFixture("heart-rate-roll-up");
  assert.deepEqual(readMinutes(rollupDataPoints), {
    samples: {
      times: [at("10:06:00"), at("10:05:00"), at("10:04:00")],
      values: [513, 490, 487],
    },
    rejected: [],
  });
});

test("a recorded listing becomes one integer a sample, whatever its offset", async () => {
  const { dataPoints } = await readFixture("heart-rate-list");
  assert.deepEqual(readSamples(dataPoints), {
    samples: { times: [at("10:04:59"), at("10:04:57") + 250], values: [490, 500] },
    rejected: [],
  });
});

test("S83: int64 strings, bare numbers and means all become integers of the series' scale", () => {
  const values = ["72", 72, 72.04, 72.05, "72.25"];
  const points = values.map((value, minute) => minutePoint(at(`10:0${minute}:00`), value));
  const { samples, rejected } = readMinutes(points);
  assert.deepEqual(samples.values, [720, 720, 720, 721, 723]);
  assert.deepEqual(rejected, []);
});

test("S65: a value that is missing or no number is rejected and never read as zero", () => {
  const values = [undefined, null, "NaN", Number.NaN, Infinity, "abc", "", " ", "0x48", true, [72]];
  values.push("1e400", "9".repeat(400), JSON.parse("1e400"));
  const points = values.map((value) => minutePoint(at("10:00:00"), value));
  const result = readMinutes([...points, minutePoint(at("10:01:00"), 60)]);
  assert.deepEqual(
    reasons(result),
    values.map(() => "not_a_number"),
  );
  assert.deepEqual(result.samples, { times: [at("10:01:00")], values: [600] });
  assert.deepEqual(reasons(readSamples([samplePoint("2026-09-25T10:00:00Z")])), ["not_a_number"]);
});

test("a rejected infinity is still to be read in its payload", () => {
  const [rejected] = readMinutes([minutePoint(at("10:00:00"), JSON.parse("1e400"))]).rejected;
  assert.match(rejected?.payload ?? "", /"beatsPerMinuteAvg":"Infinity"/);
});

test("values beyond the plausible range are rejected, its ends are kept, and so is the rest", () => {
  const values = [999, 0, "0", -1, 19.99, 250.01, 20, 250];
  const points = values.map((value, minute) => minutePoint(at(`10:0${minute}:00`), value));
  const result = readMinutes(points);
  assert.deepEqual(reasons(result), Array(6).fill("implausible_value"));
  assert.deepEqual(result.samples.values, [200, 2500]);
});

test("a reject tells in fixed words what was wrong and repeats no measured value", () => {
  const [rejected] = readMinutes([minutePoint(at("10:00:00"), 731)]).rejected;
  assert.equal(rejected?.detail.includes("731"), false);
  assert.match(rejected?.payload ?? "", /731/);
});

test("a time that cannot be read is bad_time; one outside the asked window is outside_window", () => {
  const times = ["soon", undefined, 7, "2026-09-25T10:00:00", "2026-02-30T10:00:00Z"];
  times.push("2026-09-25T10:00:60Z");
  const bad = readSamples(times.map((time) => samplePoint(time, "60")));
  assert.deepEqual(
    reasons(bad),
    times.map(() => "bad_time"),
  );
  const edges = ["2026-09-25T09:59:59.999Z", "2026-09-25T12:00:00Z", "2026-09-25T10:00:00Z"];
  const outside = readSamples(edges.map((time) => samplePoint(time, "60")));
  assert.deepEqual(reasons(outside), ["outside_window", "outside_window"]);
  assert.deepEqual(outside.samples.times, [at("10:00:00")]);
  assert.deepEqual(reasons(readSamples([{ heartRate: { beatsPerMinute: "60" } }])), ["bad_time"]);
});

test("offsets name the same instants as UTC, also across a daylight-saving change", () => {
  const points = ["2026-09-25T19:04:59+09:00", "2026-09-25T06:35:00-03:30"];
  const { samples } = readSamples(points.map((time) => samplePoint(time, "60")));
  assert.deepEqual(samples.times, [at("10:04:59"), at("10:05:00")]);
});

test("a roll-up window that is not one full minute is rejected", () => {
  const half = minutePoint(at("10:00:30"), 60);
  const fraction = minutePoint(at("10:01:00") + 500, 60);
  const short = { ...minutePoint(at("10:02:00"), 60), endTime: "2026-09-25T10:02:30Z" };
  const { endTime: _, ...open } = { endTime: "", ...minutePoint(at("10:03:00"), 60) };
  const result = readMinutes([half, fraction, short, open]);
  assert.deepEqual(reasons(result), Array(3).fill("unaligned_window"));
  assert.deepEqual(result.samples.times, [at("10:03:00")]);
});

test("a point of another data type is unknown_type, and what is no point is unparseable_point", () => {
  const other = { auraBrightness: { lumens: "7" } };
  const { startTime } = { startTime: "2026-09-25T10:00:00Z" };
  const points = [
    other,
    { startTime, steps: { countSum: "5" } },
    { startTime },
    {},
    null,
    7,
    "x",
    [],
  ];
  const result = readMinutes([...points, minutePoint(at("10:01:00"), 60)]);
  const expected = ["unknown_type", "unknown_type", ...Array(6).fill("unparseable_point")];
  assert.deepEqual(reasons(result), expected);
  assert.equal(result.samples.times.length, 1);
});

test("an instant that comes again is one sample; with another value the first is kept", () => {
  const seen = heartRateByMinute.open([minuteRule], morning);
  const first = readMinutes(
    [minutePoint(at("10:00:00"), 60), minutePoint(at("10:00:00"), 60)],
    seen,
  );
  assert.deepEqual([first.samples.values, first.rejected], [[600], []]);
  const later = readMinutes(
    [minutePoint(at("10:00:00"), 61), minutePoint(at("10:00:00"), 60)],
    seen,
  );
  assert.deepEqual([later.samples.values, reasons(later)], [[], ["duplicate_conflict"]]);
});

test("a payload is at most 100,000 characters of the point", () => {
  const [rejected] = readMinutes([{ junk: "x".repeat(200_000) }]).rejected;
  assert.equal(rejected?.payload.length, 100_000);
});

test("minutes are asked for in wearables' roll-up windows of 60 s on full minutes", () => {
  const { method, path, body } = heartRateByMinute.request(morning, WEARABLES);
  assert.equal(method, "POST");
  assert.equal(path, "/v4/users/me/dataTypes/heart-rate/dataPoints:rollUp");
  assert.deepEqual(body, {
    range: { startTime: "2026-09-25T10:00:00Z", endTime: "2026-09-25T12:00:00Z" },
    windowSize: "60s",
    pageSize: 10_000,
    dataSourceFamily: "users/me/dataSourceFamilies/google-wearables",
  });
});

test("a window that would shift minutes, runs backwards or is too long is refused", () => {
  const { from, to } = morning;
  const later = (time: Date, ms: number) => new Date(time.getTime() + ms);
  const windows = [
    { from: later(from, 1), to },
    { from, to: later(to, 30_000) },
    { from: to, to: from },
    { from, to: from },
    { from: new Date(Number.NaN), to },
    { from, to: later(from, 14 * 86_400_000 + 60_000) },
  ];
  for (const window of windows) {
    assert.throws(() => heartRateByMinute.request({ ...window, days: [] }, WEARABLES), RangeError);
  }
  heartRateByMinute.request({ from, to: later(from, 14 * 86_400_000), days: [] }, WEARABLES);
  assert.throws(
    () => heartRateSamples.request({ from: to, to: from, days: [] }, WEARABLES),
    RangeError,
  );
});

test("samples are asked for by physical time, half-open", () => {
  const { method, path, query } = heartRateSamples.request(morning, WEARABLES);
  assert.equal(method, "GET");
  assert.equal(path, "/v4/users/me/dataTypes/heart-rate/dataPoints");
  const member = "heart_rate.sample_time.physical_time";
  const filter = `${member} >= "2026-09-25T10:00:00Z" AND ${member} < "2026-09-25T12:00:00Z"`;
  assert.ok(isObject(query));
  assert.deepEqual(query, {
    filter,
    pageSize: "10000",
    dataSourceFamily: "users/me/dataSourceFamilies/google-wearables",
  });
});
