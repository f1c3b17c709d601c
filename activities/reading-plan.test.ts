import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenDay } from "../sql/ledger.ts";
import { joinDays } from "./reading-plan.ts";

const HOUR = 3_600_000;

const nameOf = (index: number) => new Date(Date.UTC(2026, 9, 1 + index)).toISOString().slice(0, 10);

/** Consecutive local days from 2026-10-01T00:00Z, of the lengths given in hours. */
function daysOf(lengths: readonly number[]): OpenDay[] {
  let at = Date.UTC(2026, 9, 1);
  return lengths.map((hours, index) => {
    const from = new Date(at);
    at += hours * HOUR;
    return { day: nameOf(index), from, to: new Date(at) };
  });
}

test("consecutive days become one window, newest windows first", () => {
  const [window, ...others] = joinDays(daysOf([24, 25, 23]), 14);
  assert.deepEqual(others, []);
  assert.deepEqual(window, {
    from: "2026-10-01T00:00:00.000Z",
    to: "2026-10-04T00:00:00.000Z",
    days: [nameOf(2), nameOf(1), nameOf(0)],
  });
});

test("a day that is already final in between splits the window", () => {
  const days = daysOf([24, 24, 24]);
  const windows = joinDays(
    [days[0], days[2]].filter((day) => day !== undefined),
    14,
  );
  assert.deepEqual(
    windows.map(({ days: covered }) => covered),
    [[nameOf(2)], [nameOf(0)]],
  );
});

test("no window is longer than the source allows, and every open day is in exactly one window", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const lengths = Array.from(
      { length: seed },
      (_, index) => [24, 23, 25, 23.5, 10][(index * seed) % 5] ?? 24,
    );
    const days = daysOf(lengths).filter((_, index) => (index * 7 + seed) % 29 !== 0);
    const windows = joinDays(days, 14);
    for (const { from, to, days: held } of windows) {
      assert.ok(Date.parse(to) - Date.parse(from) <= 14 * 24 * HOUR, `seed ${seed}`);
      const [last = "", first = ""] = [held[0], held.at(-1)];
      // By days of the calendar too: over the date line one has ten hours.
      assert.ok(
        Date.parse(last) - Date.parse(first) < 14 * 24 * HOUR,
        `seed ${seed}: ${held.length} days`,
      );
    }
    const covered = windows.flatMap((window) => window.days).toSorted();
    assert.deepEqual(covered, days.map(({ day }) => day).toSorted(), `seed ${seed}`);
  }
});
