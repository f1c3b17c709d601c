import type { Covariance } from "../imputation/covariance.ts";
import type { StateSpace } from "../imputation/state-space.ts";

/**
 * A state-space model of `length` minutes whose components are seen at instants and not as minute means, as other packages
 * write an AR(1): for golden values made with them.
 */
export function instantSpace({ nugget, components }: Covariance, length: number): StateSpace {
  return {
    states: components.length,
    decay: Float64Array.from(components, ({ tauMinutes }) => Math.exp(-1 / tauMinutes)),
    row: new Uint16Array(length),
    loading: Float64Array.from(components, ({ variance }) => Math.sqrt(variance)),
    noise: Float64Array.of(nugget),
    cross: new Float64Array(components.length),
  };
}
