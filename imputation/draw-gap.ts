import { PLAUSIBLE_BPM } from "./clean.ts";
import { chooseExpectation } from "./impute-gap.ts";
import type { Gap } from "./minutes.ts";
import { at } from "./minutes.ts";
import type { Model } from "./model.ts";
import { seededRandom } from "./random.ts";
import { drawWindow } from "./window.ts";

/**
 * Paths of a gap (bpm by minute) that look like measurements and differ as much as one may be unsure: for multiple
 * imputation. The same seed gives the same paths.
 */
export function drawGap(model: Model, gap: Gap, seed: string, count: number): Float64Array[] {
  const { expectation } = chooseExpectation(model, gap);
  const stretch = { from: gap.start, to: gap.start + gap.length };
  const draws = { count, random: seededRandom(seed) };
  return drawWindow(expectation.residual, expectation.space(), stretch, draws).map((path) =>
    path.map((value, i) => {
      const bpm = Math.exp(value + at(expectation.expected, gap.start + i));
      return Math.min(PLAUSIBLE_BPM.highest, Math.max(PLAUSIBLE_BPM.lowest, bpm));
    }),
  );
}
