import assert from "node:assert/strict";
import { test } from "node:test";
import type { DayContent } from "../sql/day-chart.ts";
import { CHART, drawDay, hourTicks } from "./day-chart-geometry.ts";

const NOTHING: DayContent = { measured: [], imputed: [], gaps: [], steps: [], stages: [] };
const numbers = (path: string) => path.match(/-?[\d.]+/g)?.map(Number) ?? [];

test("every day fills the width, whether it has 23, 24 or 25 hours", () => {
  for (const minutes of [1380, 1440, 1500]) {
    const gaps = [{ from: 0, to: minutes, cause: "not_worn", refusal: null, expectedSteps: null }];
    const [gap] = drawDay({ ...NOTHING, gaps }, minutes).gaps;
    assert.deepEqual(
      [gap?.x, (gap?.x ?? 0) + (gap?.width ?? 0)],
      [CHART.left, CHART.width - CHART.right],
    );
  }
});

test("no value leaves the chart, however far its interval reaches", () => {
  const minute = { value: 100, lower: 25, upper: 230, method: "smoother", provisional: false };
  const imputed = [0, 1, 2].map((at) => ({ minute: at, ...minute }));
  const { interval } = drawDay({ ...NOTHING, imputed }, 1440);
  const heights = numbers(interval).filter((_, i) => i % 2 === 1);
  assert.ok(heights.every((y) => y >= CHART.heartTop && y <= CHART.heartBottom));
});

test("a lone minute is drawn", () => {
  const measured = [{ minute: 7, value: 60 }];
  assert.match(drawDay({ ...NOTHING, measured }, 1440).measured, /^M\S+ \S+L\S+ \S+$/);
});

test("the longest bar of steps reaches the top, and a usual one stays below it", () => {
  const steps = [
    { minute: 0, count: 900 },
    { minute: 15, count: 450 },
  ];
  const [tall, half] = drawDay({ ...NOTHING, steps }, 1440).steps;
  assert.equal(tall?.y, CHART.stepsTop);
  assert.equal(half?.height, (tall?.height ?? 0) / 2);
});

test("hours stand every three from the day's start", () => {
  assert.deepEqual(
    hourTicks(1440).map(({ words }) => words),
    ["0 h", "3 h", "6 h", "9 h", "12 h", "15 h", "18 h", "21 h", "24 h"],
  );
});
