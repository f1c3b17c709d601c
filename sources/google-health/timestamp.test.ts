import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../testing/pages.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";

test("RFC 3339 with Z or an offset and up to nine fractional digits is an instant, floored to ms", () => {
  const noon = Date.UTC(2026, 8, 25, 12);
  const cases: [string, number][] = [
    ["2026-09-25T12:00:00Z", noon],
    ["2026-09-25T12:00:00.5Z", noon + 500],
    ["2026-09-25T12:00:00.123Z", noon + 123],
    ["2026-09-25T12:00:00.123999999Z", noon + 123],
    ["2026-09-25T21:00:00+09:00", noon],
    ["2026-09-25T21:00:00.250+09:00", noon + 250],
    ["2026-09-25T08:30:00-03:30", noon],
    ["2026-09-25T12:00:00-00:00", noon],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["2000-02-29T00:00:00Z", Date.UTC(2000, 1, 29)],
  ];
  for (const [text, expected] of cases) assert.equal(parseTimestamp(text), expected, text);
});

test("the hour that daylight saving repeats is two instants, told apart by their offsets", () => {
  const summer = parseTimestamp("2026-10-25T02:30:00+02:00");
  const winter = parseTimestamp("2026-10-25T02:30:00+01:00");
  assert.equal(winter - summer, 3_600_000);
});

test("anything else is no instant, also where Date.parse would guess", () => {
  const junk = [
    "",
    "2026-09-25",
    "2026-09-25T12:00:00",
    "2026-09-25 12:00:00Z",
    "2026-09-25t12:00:00z",
    "2026-02-29T12:00:00Z",
    "2100-02-29T12:00:00Z",
    "2026-04-31T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-00-10T12:00:00Z",
    "2026-01-00T12:00:00Z",
    "2026-09-25T24:00:00Z",
    "2026-09-25T12:60:00Z",
    "2026-12-31T23:59:60Z",
    "2026-09-25T12:00:00.Z",
    "2026-09-25T12:00:00,5Z",
    "2026-09-25T12:00:00.0123456789Z",
    "2026-09-25T12:00:00+24:00",
    "2026-09-25T12:00:00+0100",
    "2026-09-25T12:00:00Z ",
    " 2026-09-25T12:00:00Z",
    "+002026-09-25T12:00:00Z",
    "0026-09-25T12:00:00Z",
    "2026-09-25T1a:00:00Z",
    "2026-09-25T12:00:00Zjunk",
    1_790_000_000_000,
    null,
    undefined,
    {},
  ];
  for (const text of junk) assert.ok(Number.isNaN(parseTimestamp(text)), String(text));
});

test("what is formatted is parsed to the same millisecond, over 200 years", () => {
  const random = seeded(1);
  for (let round = 0; round < 5000; round += 1) {
    const time = Math.floor(Date.UTC(1900, 0, 1) + random() * 200 * 365.25 * 86_400_000);
    for (const one of [time, time - (time % 1000)]) {
      assert.equal(parseTimestamp(formatTimestamp(new Date(one))), one);
    }
  }
});
