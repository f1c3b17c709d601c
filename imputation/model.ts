import { activityLevels } from "./activity.ts";
import { covariancesByActivity } from "./activity-covariance.ts";
import { cleanHeartRate } from "./clean.ts";
import type { Covariance } from "./covariance.ts";
import { fitCovariance } from "./covariance.ts";
import { hourlyCovariances, lagProducts, overallCovariance } from "./daily-covariance.ts";
import { dailyProfile } from "./daily-profile.ts";
import type { Minutes } from "./minutes.ts";
import { at } from "./minutes.ts";
import type { StateSpace } from "./state-space.ts";
import { dailyStateSpace, stateSpace } from "./state-space.ts";
import { stepFeatures } from "./step-features.ts";
import { fitStepResponse } from "./step-response.ts";
import type { Widening } from "./widening.ts";
import { wideningOf } from "./widening.ts";

/** How a code change that may change values is told: part of every input hash and seed. */
export const MODEL_VERSION = "3.0.0";

/** Below these a model is not fitted: minutes of heart rate, and of heart rate with known steps. */
const LEAST_MEASURED = 1440;
const LEAST_WITH_STEPS = 2880;
/** Cadence and its memory, the first of the features: enough for a first answer to steps. */
const COARSE_COLUMNS = 20;

/** One way to expect a minute: log-bpm by minute, and the covariance of what is left. */
export type Expectation = Readonly<{
  expected: Float64Array;
  /** log-bpm minus expected; NaN where not measured or, with steps, where they are not known. */
  residual: Float64Array;
  /** Of all hours together, for the record; the smoother's follows hour and activity. */
  covariance: Covariance;
  /** How the residual moves, minute by minute; worked out when first asked for. */
  space: () => StateSpace;
  widening: Widening;
}>;

/** Everything that is learnt of one person; the gap to be filled must be missing in `minutes` when it is learnt. */
export type Model = Readonly<{
  /** Cleaned heart rate, bpm. */
  heartRate: Float64Array;
  steps: Float64Array;
  alone: Expectation;
  /** Null where steps are known for too few measured minutes. */
  withSteps: Expectation | null;
}>;

/** Fits profile, step response and covariances; null where fewer than a day's minutes were measured. `features` are those of the steps, if made before. */
export function fitModel(minutes: Minutes, features?: readonly Float64Array[]): Model | null {
  const heartRate = cleanHeartRate(minutes.heartRate);
  const log = heartRate.map(Math.log);
  if (count(log) < LEAST_MEASURED) return null;
  const profile = dailyProfile(log, minutes.minuteOfDay);
  const usual = Float64Array.from(minutes.minuteOfDay, (minute) => at(profile, minute));
  const alone = expectation(usual, log, minutes.minuteOfDay, null);
  return {
    heartRate,
    steps: minutes.steps,
    alone,
    withSteps: withSteps(minutes, alone, log, features),
  };
}

function withSteps(
  { steps, minuteOfDay }: Minutes,
  alone: Expectation,
  log: Float64Array,
  features?: readonly Float64Array[],
): Expectation | null {
  const known = alone.residual.map((value, t) => (Number.isNaN(at(steps, t)) ? Number.NaN : value));
  if (count(known) < LEAST_WITH_STEPS) return null;
  const columns = features ?? stepFeatures(steps, minuteOfDay);
  const response = fitResponse(known, columns, alone.covariance);
  const expected = alone.expected.map((value, t) => value + at(response, t));
  return expectation(
    expected,
    log.map((value, t) => (Number.isNaN(at(steps, t)) ? Number.NaN : value)),
    minuteOfDay,
    activityLevels(steps),
  );
}

/**
 * Twice: what is left of a first, coarse answer says how the noise moves that the second has to be weighed by (feasible
 * generalised least squares, iterated).
 */
function fitResponse(
  known: Float64Array,
  columns: readonly Float64Array[],
  unexplained: Covariance,
): Float64Array {
  const constant = new Uint16Array(known.length);
  const coarse = columns.slice(0, COARSE_COLUMNS);
  const first = fitStepResponse(known, coarse, stateSpace([unexplained], constant));
  const left = fitCovariance(known.map((value, t) => value - at(first, t)));
  return fitStepResponse(known, columns, stateSpace([left], constant));
}

/** `levels`: each minute's activity; null where it is not known. */
function expectation(
  expected: Float64Array,
  log: Float64Array,
  minuteOfDay: Uint16Array,
  levels: Uint8Array | null,
): Expectation {
  const residual = log.map((value, t) => value - at(expected, t));
  const products = lagProducts(residual, minuteOfDay);
  const space = once(() => {
    const hours = hourlyCovariances(products);
    const byLevel =
      levels === null ? [hours] : covariancesByActivity(hours, residual, minuteOfDay, levels);
    return dailyStateSpace(byLevel, minuteOfDay, levels);
  });
  const covariance = overallCovariance(products);
  return { expected, residual, covariance, space, widening: wideningOf(residual, space) };
}

function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

function count(values: Float64Array): number {
  return values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
}
