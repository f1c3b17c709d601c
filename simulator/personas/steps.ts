import type { Interval } from "../intervals.ts";
import { overlapping } from "../intervals.ts";
import type { SampleSeries, VisitSample } from "../participant.ts";
import { mix, unit } from "../random.ts";
import { MINUTE } from "../time.ts";
import type { Life } from "./life.ts";
import { createSyncedSeries } from "./synced-series.ts";

/** A share of the minutes awake and at rest in which somebody crosses a room. */
const PUTTERING = 0.17;
/** A phone counts a walk a little otherwise than the wrist does. */
const PHONE_DIFFERS = 5;

/**
 * Steps of each full minute on the wrist, at the minute's start: a function of (key, minute), so that any window costs
 * only itself. A minute without a step is absent, as in the API.
 */
export function createSteps(key: number, lifeUntil: (until: number) => Life): SampleSeries {
  return createSyncedSeries(lifeUntil, (worn, range, visit) => {
    const life = lifeUntil(range.to);
    for (const stretch of overlapping(worn, range.from, range.to))
      visitMinutes(stretch, range, (at) => {
        const steps = stepsOf(key, life, at);
        if (steps > 0) visit(at, steps);
      });
  });
}

/**
 * Steps of all sources together: the wrist's where it has the minute, else those of a phone in the pocket, which
 * counts walks also while the watch lies at home, and hands them over by itself. They never add up.
 */
export function withPhone(
  key: number,
  wrist: SampleSeries,
  startsAt: number,
  lifeUntil: (until: number) => Life,
): SampleSeries {
  const join = (range: Interval, onWrist: (visit: VisitSample) => void, visit: VisitSample) => {
    const minutes = new Map<number, number>();
    const life = lifeUntil(range.to);
    const since = { from: Math.max(range.from, startsAt), to: range.to };
    for (const bout of overlapping(life.bouts, since.from, since.to))
      visitMinutes(bout, since, (at) => {
        minutes.set(at, Math.max(1, stepsOf(key, life, at) - (mix(key, at) % PHONE_DIFFERS)));
      });
    onWrist((at, value) => minutes.set(at, value));
    for (const [at, value] of [...minutes].sort(([one], [other]) => one - other)) visit(at, value);
  };
  return {
    known: ({ from, to }, now, visit) =>
      join({ from, to: Math.min(to, now) }, (each) => wrist.known({ from, to }, now, each), visit),
    measured: (range, visit) => join(range, (each) => wrist.measured(range, each), visit),
    extent: (now) => ({ from: wrist.extent(now).from, to: now }),
  };
}

/** The full minutes of a stretch that begin within the range. */
function visitMinutes(stretch: Interval, range: Interval, visit: (at: number) => void): void {
  const first = Math.ceil(Math.max(stretch.from, range.from) / MINUTE) * MINUTE;
  for (let at = first; at < range.to && at + MINUTE <= stretch.to; at += MINUTE) visit(at);
}

function stepsOf(key: number, { bouts, asleep }: Life, at: number): number {
  const draw = unit(mix(key, 51), Math.floor(at / MINUTE));
  const [bout] = overlapping(bouts, at, at + 1);
  if (bout !== undefined) {
    const [least, most] = bout.activity === "walk" ? [88, 121] : [138, 176];
    return Math.round(least + draw * (most - least));
  }
  const atRest = overlapping(asleep, at, at + 1).length > 0;
  return atRest || draw > PUTTERING ? 0 : 1 + Math.floor((draw / PUTTERING) * 34);
}
