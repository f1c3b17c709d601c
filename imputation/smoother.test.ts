import assert from "node:assert/strict";
import { test } from "node:test";
import { instantSpace } from "../testing/instant-space.ts";
import type { Covariance } from "./covariance.ts";
import { minuteMeanCovariance } from "./covariance.ts";
import { drawPath } from "./draws.ts";
import { at } from "./minutes.ts";
import type { Random } from "./random.ts";
import { seededRandom } from "./random.ts";
import { smoothedMean, smoothedVariance } from "./smoother.ts";
import { solvePositive } from "./solve-positive.ts";
import type { StateSpace } from "./state-space.ts";
import { kalmanGains, stateSpace } from "./state-space.ts";

const COVARIANCE: Covariance = {
  nugget: 0.0005,
  components: [
    { tauMinutes: 4, variance: 0.004 },
    { tauMinutes: 30, variance: 0.01 },
  ],
};
const STRETCH = { from: 25, to: 37 };

/** 60 minutes with one lone missing minute and a gap of twelve. */
function fixedSeries(): Float64Array {
  const series = new Float64Array(60).map(
    (_, t) => 0.1 * Math.sin(t / 3) + 0.05 * Math.cos(1.7 * t),
  );
  series[5] = Number.NaN;
  return series.fill(Number.NaN, STRETCH.from, STRETCH.to);
}

function gainsOf(series: Float64Array, space: StateSpace) {
  return kalmanGains(
    space,
    Uint8Array.from(series, (value) => (Number.isNaN(value) ? 0 : 1)),
  );
}

const instants = instantSpace(COVARIANCE, 60);
const minuteMeans = stateSpace([COVARIANCE], new Uint16Array(60));

function close(actual: Float64Array, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const wanted = expected[i] ?? Number.NaN;
    assert.ok(Math.abs(value - wanted) <= tolerance, `${i}: ${value} is not ${wanted}`);
  });
}

// statsmodels 0.15.0, KalmanSmoother with design (1 1), transition diag(e^−1/4, e^−1/30), known stationary start.
test("the smoothed mean is statsmodels' to 1e-9", () => {
  const golden = [
    0.0503280871, 0.0457549539, 0.042039895, 0.0389917005, 0.036458863, 0.0343201038, 0.032476795,
    0.0308468032, 0.0293593664, 0.027950684, 0.0265599408, 0.0251255173,
  ];
  const series = fixedSeries();
  close(smoothedMean(gainsOf(series, instants), series, STRETCH), golden, 1e-9);
});

test("the variance of a minute is statsmodels' to 1e-11", () => {
  const golden = [
    0.003039391666, 0.004525390497, 0.00555612527, 0.00624784262, 0.006673774354, 0.006876834797,
    0.0068768443, 0.00667380077, 0.006247879903, 0.005556164272, 0.004525420881, 0.003039405818,
  ];
  close(smoothedVariance(gainsOf(fixedSeries(), instants), STRETCH), golden, 1e-11);
});

/** Covariances of two times of day, by turns of ten minutes, and the model of them. */
function changing(random: Random, components: number) {
  const taus = Array.from({ length: components }, () => 0.5 + 200 * random.uniform() ** 3);
  const kinds = [0, 1].map(
    (): Covariance => ({
      nugget: 0.0001 + 0.01 * random.uniform(),
      components: taus.map((tauMinutes) => ({ tauMinutes, variance: 0.02 * random.uniform() })),
    }),
  );
  const row = Uint16Array.from({ length: 60 }, (_, t) => Math.floor(t / 10) % 2);
  const of = (t: number) => kinds[row[t] ?? 0] ?? COVARIANCE;
  const between = (a: number, b: number) =>
    of(a).components.reduce(
      (sum, { tauMinutes, variance }, k) =>
        sum +
        Math.sqrt(variance * (of(b).components[k]?.variance ?? 0)) *
          minuteMeanCovariance(tauMinutes, Math.abs(a - b)),
      a === b ? of(a).nugget : 0,
    );
  return { space: stateSpace(kinds, row), between };
}

/** Mean and variance by the definition: conditioning of a Gaussian vector, whose covariance is written out. */
function byConditioning(series: Float64Array, between: (a: number, b: number) => number) {
  const seen = [...series.keys()].filter((t) => !Number.isNaN(at(series, t)));
  const lower = seen.map((a, i) => Float64Array.from(seen.slice(0, i + 1), (b) => between(a, b)));
  const weighed = (values: readonly number[], t: number) => {
    const weights = solvePositive(lower, Float64Array.from(values));
    return seen.reduce((sum, s, j) => sum + between(s, t) * at(weights, j), 0);
  };
  const stretch = Array.from({ length: STRETCH.to - STRETCH.from }, (_, i) => STRETCH.from + i);
  const values = seen.map((s) => at(series, s));
  return {
    mean: stretch.map((t) => weighed(values, t)),
    variance: stretch.map(
      (t) =>
        between(t, t) -
        weighed(
          seen.map((s) => between(s, t)),
          t,
        ),
    ),
  };
}

test("for covariances that change by the minute and any missing minutes, the smoother is exact Gaussian conditioning", () => {
  for (let run = 0; run < 25; run++) {
    const random = seededRandom(`conditioning ${run}`);
    const { space, between } = changing(random, 1 + (run % 6));
    const series = new Float64Array(60).map(() =>
      random.uniform() < 0.3 ? Number.NaN : 0.1 * random.normal(),
    );
    series.fill(Number.NaN, STRETCH.from, STRETCH.to);
    const exact = byConditioning(series, between);
    const gains = gainsOf(series, space);
    close(smoothedMean(gains, series, STRETCH), exact.mean, 1e-9);
    close(smoothedVariance(gains, STRETCH), exact.variance, 1e-9);
  }
});

test("draws scatter around the mean by the variance", () => {
  const series = fixedSeries();
  const gains = gainsOf(series, minuteMeans);
  const random = seededRandom("draws");
  const draws = Array.from({ length: 2000 }, () => drawPath(gains, series, STRETCH, random));
  const mean = smoothedMean(gains, series, STRETCH);
  const variance = smoothedVariance(gains, STRETCH);
  for (const i of mean.keys()) {
    const values = draws.map((draw) => at(draw, i));
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    assert.ok(Math.abs(average - at(mean, i)) < 4 * Math.sqrt(at(variance, i) / 2000));
    assert.ok(Math.abs(spread / at(variance, i) - 1) < 0.15);
  }
});

test("one seed is one set of draws, another seed another", () => {
  const series = fixedSeries();
  const gains = gainsOf(series, minuteMeans);
  const draw = (seed: string) => drawPath(gains, series, STRETCH, seededRandom(seed));
  assert.deepEqual(draw("one"), draw("one"));
  assert.notDeepEqual(draw("one"), draw("two"));
});
