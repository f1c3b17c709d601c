import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../testing/pages.ts";
import { createDeviceClock } from "./device-clock.ts";
import { parseWallTime } from "./wall-time.ts";
import { createOffsets } from "./zone-offsets.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEW_YORK = "America/New_York";

const offsetsOf = (timeZone: string) =>
  createOffsets([{ fromMs: Number.NEGATIVE_INFINITY, timeZone }]);
const clockOf = (timeZone: string) => createDeviceClock(offsetsOf(timeZone));

function wall(text: string): number {
  const wallMs = parseWallTime(text);
  assert.ok(wallMs !== null, text);
  return wallMs;
}

const instants = (timeZone: string, texts: readonly string[]) => {
  const clock = clockOf(timeZone);
  return texts.map((text) => new Date(clock(wall(text))).toISOString());
};

test("S52: a wall time is read by the offset of its date", () => {
  assert.deepEqual(instants(NEW_YORK, ["1/5/2016 12:00:00 AM", "7/5/2016 12:00:00 PM"]), [
    "2016-01-05T05:00:00.000Z",
    "2016-07-05T16:00:00.000Z",
  ]);
});

test("the night that lost an hour: a time that never was is standard time, and so is what follows until the clock jumps", () => {
  const night = [
    "3/13/2016 2:59:30 AM",
    "3/13/2016 3:00:30 AM",
    "3/13/2016 3:39:30 AM",
    // The device syncs here: its clock jumps an hour ahead.
    "3/13/2016 4:40:30 AM",
    "3/13/2016 4:41:30 AM",
  ];
  assert.deepEqual(instants(NEW_YORK, night), [
    "2016-03-13T07:59:30.000Z",
    "2016-03-13T08:00:30.000Z",
    "2016-03-13T08:39:30.000Z",
    "2016-03-13T08:40:30.000Z",
    "2016-03-13T08:41:30.000Z",
  ]);
});

test("without a time that never was the same night is read as the zone says, and filled-in zeros prove nothing", () => {
  assert.deepEqual(instants(NEW_YORK, ["3/13/2016 1:59:30 AM", "3/13/2016 3:00:30 AM"]), [
    "2016-03-13T06:59:30.000Z",
    "2016-03-13T07:00:30.000Z",
  ]);
  const clock = clockOf(NEW_YORK);
  clock(wall("3/13/2016 2:30:00 AM"), true);
  assert.equal(clock(wall("3/13/2016 3:00:00 AM")), Date.parse("2016-03-13T07:00:00Z"));
});

test("the night that gained an hour: the second pass of the hour is an hour later, told by the step back", () => {
  const night = [
    "11/6/2016 12:59:00 AM",
    "11/6/2016 1:00:00 AM",
    "11/6/2016 1:59:00 AM",
    "11/6/2016 1:00:00 AM",
    "11/6/2016 1:00:00 AM",
    "11/6/2016 1:59:00 AM",
    "11/6/2016 2:00:00 AM",
  ];
  assert.deepEqual(instants(NEW_YORK, night), [
    "2016-11-06T04:59:00.000Z",
    "2016-11-06T05:00:00.000Z",
    "2016-11-06T05:59:00.000Z",
    "2016-11-06T06:00:00.000Z",
    "2016-11-06T06:00:00.000Z",
    "2016-11-06T06:59:00.000Z",
    "2016-11-06T07:00:00.000Z",
  ]);
});

test("a file told twice over gives the same instants twice", () => {
  const clock = clockOf(NEW_YORK);
  const night = [...walls(Date.parse("2016-11-06T04:00:00Z"), 300, offsetsOf(NEW_YORK))];
  const first = night.map((wallMs) => clock(wallMs));
  assert.deepEqual(
    night.map((wallMs) => clock(wallMs)),
    first,
  );
});

test("somebody who moved is read by the zone of each time", () => {
  const clock = createDeviceClock(
    createOffsets([
      { fromMs: Number.NEGATIVE_INFINITY, timeZone: NEW_YORK },
      { fromMs: Date.parse("2016-04-20T12:00:00Z"), timeZone: "Europe/Oslo" },
    ]),
  );
  assert.equal(clock(wall("4/20/2016 7:59:00 AM")), Date.parse("2016-04-20T11:59:00Z"));
  assert.equal(clock(wall("4/20/2016 2:00:00 PM")), Date.parse("2016-04-20T12:00:00Z"));
});

/** Wall times of a device that follows its zone, a minute apart. */
function* walls(from: number, count: number, offsetAt: (at: number) => number) {
  for (let at = from; at < from + count * MINUTE; at += MINUTE) yield at + offsetAt(at);
}

const CHANGES = [
  [NEW_YORK, "2016-03-13T07:00:00Z"],
  [NEW_YORK, "2016-11-06T06:00:00Z"],
  ["Australia/Lord_Howe", "2016-04-02T15:00:00Z"],
  ["Australia/Lord_Howe", "2016-10-01T15:30:00Z"],
  ["Europe/Oslo", "2016-10-30T01:00:00Z"],
] as const;

test("S46, S52: any recording of a device that follows its zone comes back as the instants it was made at", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seeded(seed);
    const [timeZone, change] = CHANGES[Math.floor(random() * CHANGES.length)] ?? CHANGES[0];
    const offsetAt = offsetsOf(timeZone);
    const clock = createDeviceClock(offsetAt);
    let at = Date.parse(change) - 3 * HOUR;
    while (at < Date.parse(change) + 3 * HOUR) {
      // A pause as long as the hour that comes twice could hide its step back; sleep has none.
      at += Math.ceil(random() * 20) * 1000 + (random() < 0.01 ? 10 * MINUTE : 0);
      assert.equal(clock(at + offsetAt(at)), at, `seed ${seed}: ${new Date(at).toISOString()}`);
    }
  }
});

test("a device that keeps the old offset until it syncs loses no reading: its instants are those of its recording", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seeded(seed);
    const offsetAt = offsetsOf(NEW_YORK);
    const clock = createDeviceClock(offsetAt);
    const change = Date.parse("2016-03-13T07:00:00Z");
    const syncedAt = change + random() * 12 * HOUR;
    const seen = new Set<number>();
    let last = 0;
    for (let at = change - HOUR; at < change + 14 * HOUR; ) {
      const offset = at < syncedAt ? -5 * HOUR : offsetAt(at);
      const instant = clock(at + offset);
      assert.equal(seen.has(instant), false, `seed ${seed}: two readings at one instant`);
      assert.ok(instant > last, `seed ${seed}: time went back`);
      seen.add(instant);
      last = instant;
      at += Math.ceil(random() * 60) * 1000;
    }
  }
});

test("whoever steps in half-way reads the file from its start and finds the same instants", () => {
  const night = [...walls(Date.parse("2016-11-06T04:00:00Z"), 240, offsetsOf(NEW_YORK))];
  const whole = clockOf(NEW_YORK);
  const once = night.map((wallMs) => whole(wallMs));
  const resumed = clockOf(NEW_YORK);
  for (const wallMs of night.slice(0, 150)) resumed(wallMs);
  assert.deepEqual(
    night.slice(150).map((wallMs) => resumed(wallMs)),
    once.slice(150),
  );
});
