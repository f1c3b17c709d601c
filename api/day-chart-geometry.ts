import type { DayContent, ImputedMinute } from "../sql/day-chart.ts";

/** Sizes in the drawing's own units: a day of 1,440 minutes is 960 wide. */
export const CHART = {
  width: 1030,
  height: 380,
  left: 54,
  right: 16,
  heartTop: 14,
  heartBottom: 240,
  stepsTop: 262,
  stepsBottom: 316,
  sleepTop: 330,
  sleepBottom: 346,
} as const;

/** Heart rate, bpm: the scale reaches further only where a value does. */
const USUAL = { lowest: 40, highest: 140 } as const;
const TALLEST_STEPS = 500;

export type Rect = Readonly<{ x: number; y: number; width: number; height: number }>;
export type Tick = Readonly<{ at: number; words: string }>;

export type DayShapes = Readonly<{
  /** One path, broken where nothing was measured. */
  measured: string;
  imputed: string;
  /** The interval as a closed shape for each filled gap. */
  interval: string;
  gaps: readonly (Rect & Readonly<{ cause: string }>)[];
  steps: readonly Rect[];
  stages: readonly (Rect & Readonly<{ stage: string }>)[];
  beats: readonly Tick[];
}>;

/** Turns a day's content into what is drawn. `minutes`: the day's length, 1,380 to 1,500. Pure. */
export function drawDay(content: DayContent, minutes: number): DayShapes {
  const x = scale([0, minutes], [CHART.left, CHART.width - CHART.right]);
  const values = [
    ...content.measured.map(({ value }) => value),
    ...content.imputed.flatMap(({ lower, upper }) => [lower, upper]),
  ];
  const lowest = values.reduce((a, b) => Math.min(a, b), USUAL.lowest);
  const highest = values.reduce((a, b) => Math.max(a, b), USUAL.highest);
  const y = scale([lowest, highest], [CHART.heartBottom, CHART.heartTop]);
  const most = content.steps.reduce((a, { count }) => Math.max(a, count), TALLEST_STEPS);
  const point = ({ minute, value }: Point) => `${round(x(minute + 0.5))} ${round(y(value))}`;
  const filled = runsOf(content.imputed);
  return {
    measured: runsOf(content.measured)
      .map((run) => line(run, point))
      .join(""),
    imputed: filled.map((run) => line(run, point)).join(""),
    interval: filled.map((run) => band(run, point)).join(""),
    gaps: content.gaps.map(({ from, to, cause }) => ({
      ...box(x(from), CHART.heartTop, x(to), CHART.heartBottom),
      cause,
    })),
    steps: content.steps.map(({ minute, count }) => {
      const height = ((CHART.stepsBottom - CHART.stepsTop) * count) / most;
      return box(x(minute), CHART.stepsBottom - height, x(minute + 14), CHART.stepsBottom);
    }),
    stages: content.stages.map(({ from, to, stage }) => ({
      ...box(x(from), CHART.sleepTop, x(to), CHART.sleepBottom),
      stage,
    })),
    beats: ticks(lowest, highest).map((bpm) => ({ at: round(y(bpm)), words: String(bpm) })),
  };
}

/** Where the hours stand, every three of them. */
export function hourTicks(minutes: number): Tick[] {
  const x = scale([0, minutes], [CHART.left, CHART.width - CHART.right]);
  return Array.from({ length: Math.floor(minutes / 180) + 1 }, (_, i) => ({
    at: round(x(i * 180)),
    words: `${i * 3} h`,
  }));
}

type Point = Readonly<{ minute: number; value: number }>;

function scale([from, to]: readonly [number, number], [low, high]: readonly [number, number]) {
  return (value: number) => low + ((value - from) / (to - from)) * (high - low);
}

/** Stretches of consecutive minutes. */
export function runsOf<P extends Readonly<{ minute: number }>>(points: readonly P[]): P[][] {
  const runs: P[][] = [];
  let last = Number.NaN;
  for (const point of points) {
    if (point.minute === last + 1) runs.at(-1)?.push(point);
    else runs.push([point]);
    last = point.minute;
  }
  return runs;
}

function line(run: readonly Point[], point: (one: Point) => string): string {
  // A lone minute has no length: drawn to itself it becomes a dot of the line's round end.
  const points = run.length === 1 ? [...run, ...run] : run;
  return points.map((one, i) => `${i === 0 ? "M" : "L"}${point(one)}`).join("");
}

function band(run: readonly ImputedMinute[], point: (one: Point) => string): string {
  const over = run.map(({ minute, upper }) => point({ minute, value: upper }));
  const under = run.map(({ minute, lower }) => point({ minute, value: lower })).reverse();
  return `M${[...over, ...under].join("L")}Z`;
}

function box(left: number, top: number, right: number, bottom: number): Rect {
  return {
    x: round(left),
    y: round(top),
    width: round(Math.max(0.7, right - left)),
    height: round(bottom - top),
  };
}

function ticks(lowest: number, highest: number): number[] {
  const first = Math.ceil(lowest / 20) * 20;
  return Array.from({ length: Math.floor((highest - first) / 20) + 1 }, (_, i) => first + i * 20);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
