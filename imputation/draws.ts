import { element } from "./element.ts";
import type { Random } from "./random.ts";
import type { Stretch } from "./smoother.ts";
import { smoothedMean } from "./smoother.ts";
import type { Gains, StateSpace } from "./state-space.ts";

/**
 * One path of the stretch that looks like the signal and agrees with what was measured around it: simulate the model,
 * smooth measured minus simulated, add (Durbin & Koopman 2002, Biometrika 89:603). The nugget is part of it.
 */
export function drawPath(
  gains: Gains,
  series: Float64Array,
  stretch: Stretch,
  random: Random,
): Float64Array {
  const simulated = simulate(gains.model, series.length, random);
  const difference = series.map((value, t) => value - element(simulated, t));
  const correction = smoothedMean(gains, difference, stretch);
  return correction.map((value, i) => value + element(simulated, stretch.from + i));
}

function simulate(model: StateSpace, length: number, random: Random): Float64Array {
  const state = model.variance.map((variance) => Math.sqrt(variance) * random.normal());
  const noise = model.variance.map((variance, k) =>
    Math.sqrt(variance * (1 - element(model.decay, k) ** 2)),
  );
  const nugget = Math.sqrt(model.nugget);
  return new Float64Array(length).map(() => {
    const value = state.reduce((sum, x) => sum + x, 0) + nugget * random.normal();
    for (let k = 0; k < state.length; k++)
      state[k] = element(model.decay, k) * element(state, k) + element(noise, k) * random.normal();
    return value;
  });
}
