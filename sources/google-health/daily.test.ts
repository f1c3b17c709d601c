import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointOf } from "./data-types.ts";
import { read, rule, span } from "./shapes-for-tests.ts";

const temperature = [
  rule("daily_sleep_temperature", "daily-sleep-temperature-derivations", "day", {
    scale: 100,
    min: 15,
    max: 45,
  }),
  rule("daily_sleep_temperature_baseline", "daily-sleep-temperature-derivations", "day", {
    scale: 100,
    min: 15,
    max: 45,
  }),
];
const ofDay = (day: unknown, values: object) => ({
  dailySleepTemperatureDerivations: { date: { year: 2026, month: 9, day }, ...values },
});

test("several values of a day come from one point, each in units of its own scale; one that is not told is not made up", () => {
  const { content, reasons } = read(
    temperature,
    ofDay(26, { nightlyTemperatureCelsius: 34.25, baselineTemperatureCelsius: 34.1 }),
    ofDay(25, { nightlyTemperatureCelsius: 33.999 }),
  );
  assert.deepEqual(content, {
    holds: "days",
    days: {
      series: [0, 1, 0],
      days: ["2026-09-26", "2026-09-26", "2026-09-25"],
      values: [3425, 3410, 3400],
    },
  });
  assert.deepEqual(reasons, []);
});

test("a value of a day that is missing, absurd or of a day that is none is refused, and its neighbours are kept", () => {
  const { content, reasons, rejected } = read(
    temperature,
    ofDay(25, { baselineTemperatureCelsius: 34 }),
    ofDay(31, { nightlyTemperatureCelsius: 34 }),
    ofDay("26", { nightlyTemperatureCelsius: 90 }),
    ofDay(27, { nightlyTemperatureCelsius: 34 }),
    { dailyRespiratoryRate: { date: { year: 2026, month: 9, day: 25 } } },
    "nothing",
  );
  assert.deepEqual(reasons, [
    "not_a_number",
    "bad_time",
    "implausible_value",
    "outside_window",
    "unknown_type",
    "unparseable_point",
  ]);
  assert.match(rejected[0]?.detail ?? "", /^daily_sleep_temperature: /);
  assert.ok(content.holds === "days");
  assert.deepEqual(content.days.values, [3400]);
});

test("a day that comes again with another value is rejected, with the same value it is the same", () => {
  const point = (celsius: number) => ofDay(26, { nightlyTemperatureCelsius: celsius });
  const { content, reasons } = read(temperature, point(34), point(34), point(35));
  assert.ok(content.holds === "days");
  assert.deepEqual([content.days.values, reasons], [[3400], ["duplicate_conflict"]]);
});

const MINUTES = (["light", "moderate", "vigorous"] as const).map((level) =>
  rule(`daily_${level}_minutes`, "active-minutes", "day"),
);
const rolledUp = (time: object | undefined, value: object) => ({
  civilStartTime: { date: { year: 2026, month: 9, day: 25 }, ...(time && { time }) },
  civilEndTime: { date: { year: 2026, month: 9, day: 26 }, time: {} },
  activeMinutes: value,
});

test("active minutes of a day are three values; a level that is absent had none, a day without levels is no zero", () => {
  const levels = [
    { activityLevel: "LIGHT", activeMinutesSum: "72" },
    { activityLevel: "VIGOROUS" },
  ];
  const told = read(MINUTES, rolledUp({}, { activeMinutesRollupByActivityLevel: levels }));
  assert.ok(told.content.holds === "days");
  assert.deepEqual([told.content.days.values, told.reasons], [[72, 0, 0], []]);
  const empty = read(MINUTES, rolledUp(undefined, {}));
  assert.deepEqual(empty.reasons, ["not_a_number", "not_a_number", "not_a_number"]);
  const noon = read(MINUTES, rolledUp({ hours: 12 }, { activeMinutesRollupByActivityLevel: [] }));
  assert.deepEqual(noon.reasons, ["bad_time"]);
});

test("days are asked for in the civil calendar, at most a fortnight of them", () => {
  const { request } = endpointOf({ dataType: "total-calories", resolution: "day" });
  const asked = request(span, "all-sources");
  assert.equal(asked.path, "/v4/users/me/dataTypes/total-calories/dataPoints:dailyRollUp");
  assert.deepEqual(asked.body?.["range"], {
    start: { date: { year: 2026, month: 9, day: 25 } },
    end: { date: { year: 2026, month: 9, day: 27 } },
  });
  const days = Array.from({ length: 15 }, (_, i) => `2026-09-${10 + i}`);
  assert.throws(() => request({ ...span, days }, "all-sources"), RangeError);
  assert.throws(() => request({ ...span, days: [] }, "all-sources"), RangeError);
});
