import { at } from "./minutes.ts";

/** Time constants (minutes) of what lies behind: how quickly a pulse answers and how slowly it calms. */
const MEMORY = [1.5, 4, 12, 40] as const;
/** … and of what lies ahead: whoever walks soon is awake now, and a long rest ahead looks like sleep. */
const FORESIGHT = [4, 12, 40, 120] as const;
/** Harmonics of the local day: rest by day and rest by night are not the same rest. */
const HARMONICS = 4;
/** Longest rest that is counted, minutes. */
const LONGEST_REST = 720;
/** Rest assumed beyond either end of the record, minutes. */
const REST_AT_ENDS = 240;

/**
 * What a linear regression may know about each minute from its steps: cadence on three scales (logarithm for any step,
 * capped for walking, excess for running), whether there was a step, each also smoothed exponentially backwards and
 * forwards in time, the time since the last and until the next step, harmonics of the local day and their products with
 * rest and walking. One column a feature, as long as `steps`; an unknown minute counts as without a step, and rows
 * there must not be used.
 */
export function stepFeatures(steps: Float64Array, minuteOfDay: Uint16Array): Float64Array[] {
  const known = steps.map((count) => (Number.isNaN(count) ? 0 : count));
  const any = known.map((count) => Math.log1p(count));
  const walking = known.map((count) => Math.min(count, 150) / 100);
  const running = known.map((count) => Math.max(0, count - 90) / 50);
  const moving = known.map((count) => (count > 0 ? 1 : 0));
  return [
    any,
    walking,
    running,
    moving,
    ...MEMORY.flatMap((tau) => [behind(any, tau), behind(walking, tau)]),
    ...[2, 6, 20].map((tau) => behind(running, tau)),
    ...[4, 12, 120].map((tau) => behind(moving, tau)),
    ...[120, 360].map((tau) => behind(any, tau)),
    ...FORESIGHT.map((tau) => ahead(any, tau)),
    ahead(any, 360),
    ahead(moving, 120),
    ...[-1, 1, 2].map((minutes) => shifted(any, minutes)),
    shifted(walking, 1),
    ...restFeatures(moving),
    ...harmonics(minuteOfDay),
    ...byTimeOfDay([wholeRest(moving), behind(any, 12)], minuteOfDay),
  ];
}

/** Rest and walking mean something else by night: each with the first two harmonics of the day. */
function byTimeOfDay(columns: readonly Float64Array[], minuteOfDay: Uint16Array): Float64Array[] {
  const waves = harmonics(minuteOfDay).slice(0, 4);
  return columns.flatMap((column) => waves.map((wave) => wave.map((w, i) => w * at(column, i))));
}

/** Logarithm of the length of the rest a minute lies in. */
function wholeRest(moving: Float64Array): Float64Array {
  const until = restSince(moving.slice().reverse()).reverse();
  return restSince(moving).map((minutes, i) => Math.log1p(minutes + at(until, i)));
}

/** Time since the last step and until the next, as logarithms, their sum, and two products: a rest is deepest inside. */
function restFeatures(moving: Float64Array): Float64Array[] {
  const since = restSince(moving);
  const until = restSince(moving.slice().reverse()).reverse();
  const logSince = since.map((minutes) => Math.log1p(minutes));
  const logUntil = until.map((minutes) => Math.log1p(minutes));
  const whole = wholeRest(moving);
  const depth = logSince.map((value, i) => value * at(whole, i));
  return [logSince, logUntil, whole, depth, whole.map((value) => value * value)];
}

function restSince(moving: Float64Array): Float64Array {
  let rest = REST_AT_ENDS;
  return moving.map((moved) => {
    rest = moved > 0 ? 0 : Math.min(rest + 1, LONGEST_REST);
    return rest;
  });
}

/** Exponentially weighted mean of this minute and those before it. */
function behind(values: Float64Array, tauMinutes: number): Float64Array {
  const keep = Math.exp(-1 / tauMinutes);
  let mean = 0;
  return values.map((value) => {
    mean = keep * mean + (1 - keep) * value;
    return mean;
  });
}

function ahead(values: Float64Array, tauMinutes: number): Float64Array {
  return behind(values.slice().reverse(), tauMinutes).reverse();
}

/** The value `minutes` later; 0 beyond the ends. */
function shifted(values: Float64Array, minutes: number): Float64Array {
  return values.map((_, i) => values[i + minutes] ?? 0);
}

function harmonics(minuteOfDay: Uint16Array): Float64Array[] {
  const angles = Float64Array.from(minuteOfDay, (minute) => (2 * Math.PI * minute) / 1440);
  return Array.from({ length: HARMONICS }, (_, k) => [
    angles.map((angle) => Math.cos((k + 1) * angle)),
    angles.map((angle) => Math.sin((k + 1) * angle)),
  ]).flat();
}
