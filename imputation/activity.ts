import { element } from "./element.ts";

/** Steps a minute at which the next level of activity begins: rest, pottering, some walking, much, on the way. */
const BEGINS = [0.5, 5, 20, 50] as const;
export const ACTIVITY_LEVELS = BEGINS.length + 1;

/** How quickly steps before and after a minute stop counting for it, minutes. */
const TAU = 5;
/** More steps a minute than this are running: no level of its own. */
const CAP = 150;

/**
 * How active each minute and those around it are, 0 (rest) to 4: the exponentially weighted mean of steps on both sides. An
 * unknown minute counts as without a step.
 */
export function activityLevels(steps: Float64Array): Uint8Array {
  const keep = Math.exp(-1 / TAU);
  const weight = (1 - keep) / (1 + keep);
  const known = steps.map((count) => (Number.isNaN(count) ? 0 : Math.min(count, CAP)));
  const after = new Float64Array(known.length);
  let sum = 0;
  for (let t = known.length - 1; t >= 0; t--) {
    after[t] = sum;
    sum = keep * (sum + element(known, t));
  }
  let before = 0;
  return Uint8Array.from(known, (count, t) => {
    before = keep * before + count;
    return levelOf(weight * (before + element(after, t)));
  });
}

function levelOf(stepsAMinute: number): number {
  return BEGINS.reduce((level, begin) => level + Number(stepsAMinute >= begin), 0);
}
