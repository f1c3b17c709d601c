import type { Interval } from "../intervals.ts";
import type { KnownSeries, Participant, VisitSample } from "../participant.ts";
import { mix, unit } from "../random.ts";
import { DAY, MINUTE } from "../time.ts";

/** Steps a minute from which somebody walks, and runs. */
const WALKING = 88;
const RUNNING = 138;
/** Of the minutes with a step, those in which a floor is climbed. */
const CLIMBING = 0.03;
const KCAL_A_STEP = 0.045;
/** Of being alive. */
const KCAL_A_MINUTE = 1.15;
/** A stretch of one activity level is told by the quarter of an hour. */
const QUARTER = 15 * MINUTE;

/** Another metric of the same minutes, made of their steps: where there are none it has nothing either. */
function ofSteps(measure: (person: number, at: number, steps: number) => number) {
  return (participant: Participant, wearablesOnly: boolean): KnownSeries => {
    const steps = wearablesOnly ? participant.steps.wearable : participant.steps.all;
    const person = personOf(participant);
    return {
      extent: steps.extent,
      known: (range, now, visit) =>
        steps.known(range, now, (at, count) => {
          const value = measure(person, at, count);
          if (value > 0) visit(at, value);
        }),
    };
  };
}

/** A number that is a person's own and never changes. */
export function personOf({ healthUserId }: Participant): number {
  return Number(healthUserId.slice(-9));
}

/** Millimetres. */
export const distance = ofSteps((person, _, steps) => steps * (620 + (person % 180)));

export const floors = ofSteps((person, at) =>
  unit(mix(person, 81), at / MINUTE) < CLIMBING ? 1 : 0,
);

/** 1 a minute of walking, which is fat-burn here, and 2 of running. */
export const activeZoneMinutes = ofSteps((_, __, steps) => {
  if (steps >= RUNNING) return 2;
  return steps >= WALKING ? 1 : 0;
});

/** Kilocalories to the hundredth. */
export const activeEnergy = ofSteps((_, __, steps) => Math.round(steps * KCAL_A_STEP * 100) / 100);

/** 1 lightly, 2 moderately, 3 very active. */
export const activityLevel = ofSteps((_, __, steps) => {
  if (steps >= RUNNING) return 3;
  return steps >= WALKING ? 2 : 1;
});

/** Stretches of one level within quarters of an hour, at their starts; their value is level + 10 × minutes. */
export function activityStretches(participant: Participant, wearablesOnly: boolean): KnownSeries {
  const levels = activityLevel(participant, wearablesOnly);
  return {
    extent: levels.extent,
    known: ({ from, to }, now, visit) => {
      const whole = {
        from: Math.floor(from / QUARTER) * QUARTER,
        to: Math.ceil(to / QUARTER) * QUARTER,
      };
      const within: VisitSample = (at, value) => {
        if (at >= from && at < to) visit(at, value);
      };
      const minutes: [number, number][] = [];
      levels.known(whole, now, (at, level) => minutes.push([at, level]));
      tellStretches(minutes, within);
    },
  };
}

type Run = { from: number; to: number; level: number };

const restBetween = (before: Run | null, at: number): Run[] =>
  before !== null && before.to < at ? [{ from: before.to, to: at, level: 0 }] : [];

const isInQuarterOf = ({ from }: Run, at: number): boolean =>
  Math.floor(from / QUARTER) === Math.floor(at / QUARTER);

/** Between two stretches of movement in a quarter one is sedentary. */
function tellStretches(minutes: readonly (readonly [number, number])[], visit: VisitSample): void {
  const runs: Run[] = [];
  for (const [at, level] of minutes) {
    const last = runs.at(-1);
    const before = last !== undefined && isInQuarterOf(last, at) ? last : null;
    if (before?.to === at && before.level === level) before.to = at + MINUTE;
    else runs.push(...restBetween(before, at), { from: at, to: at + MINUTE, level });
  }
  for (const run of runs) visit(run.from, encode(run));
}

function encode({ from, to, level }: Run): number {
  return level + (10 * (to - from)) / MINUTE;
}

/** Minutes of a stretch of time at each level. */
export function minutesByLevel(
  participant: Participant,
  range: Interval,
  now: number,
): Readonly<Record<"LIGHT" | "MODERATE" | "VIGOROUS", number>> | null {
  const minutes = { LIGHT: 0, MODERATE: 0, VIGOROUS: 0 };
  activityLevel(participant, false).known(range, now, (_, level) => {
    const name = (["LIGHT", "MODERATE", "VIGOROUS"] as const)[level - 1];
    if (name !== undefined) minutes[name] += 1;
  });
  return minutes.LIGHT + minutes.MODERATE + minutes.VIGOROUS === 0 ? null : minutes;
}

/** Kilocalories of all one does in a stretch of time, being alive included, as far as the watch has told; null: nothing. */
export function totalEnergy(participant: Participant, range: Interval, now: number): number | null {
  const told = participant.heartRate.extent(now);
  const alive = Math.min(range.to, told.to) - Math.max(range.from, told.from);
  if (alive < MINUTE || alive > 2 * DAY) return null;
  let kcal = (alive / MINUTE) * KCAL_A_MINUTE;
  activeEnergy(participant, false).known(range, now, (_, value) => {
    kcal += value;
  });
  return Math.round(kcal * 1e6) / 1e6;
}
