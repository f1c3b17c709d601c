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
  const simulated = simulate(gains.model, random);
  const difference = series.map((value, t) => value - element(simulated, t));
  const correction = smoothedMean(gains, difference, stretch);
  return correction.map((value, i) => value + element(simulated, stretch.from + i));
}

/**
 * One path of the model itself. The noise of a minute is what the noises of its states say of it (its regression on them) plus
 * an independent rest.
 */
function simulate(model: StateSpace, random: Random): Float64Array {
  const { states, decay, loading, noise, cross } = model;
  const state = new Float64Array(states).map(() => random.normal());
  return Float64Array.from(model.row, (row) => {
    let value = 0;
    let rest = element(noise, row);
    for (let k = 0; k < states; k++) {
      const variance = 1 - element(decay, k) ** 2;
      const slope = element(cross, row * states + k) / variance;
      const shock = Math.sqrt(variance) * random.normal();
      value += element(loading, row * states + k) * element(state, k) + slope * shock;
      rest -= slope * slope * variance;
      state[k] = element(decay, k) * element(state, k) + shock;
    }
    return value + Math.sqrt(Math.max(0, rest)) * random.normal();
  });
}
