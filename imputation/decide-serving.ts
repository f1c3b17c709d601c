import type { BackTest } from "./back-test.ts";
import type { Method } from "./impute-gap.ts";
import type { Serve, Serving } from "./serving.ts";
import { BACK_TEST_LENGTHS } from "./serving.ts";

/** Masked gaps of a length needed before it is judged at all: minutes of one gap err together, so a few gaps say little. */
const LEAST_GAPS = 20;
/** The challenger must be better by so much: smaller differences are chance, and a method that changes daily is a nuisance. */
const MARGIN = 0.95;
/** A length is not filled where the better method is worse than the straight line by this, or covers less than this. */
const WORST_RATIO = 1.1;
const LEAST_COVERAGE = 0.85;
/** Intervals are widened, never narrowed: too few nights to promise more than the model does. */
const WIDEST = 2;

type Summary = Readonly<{ gaps: number; ratio: number; coverage: number; spread: number }>;

/**
 * What a participant's back-tests decide: the method for each length, how much its intervals are widened, and the longest
 * gap that is filled. Lengths with fewer than twenty masked gaps keep the smoother as it is.
 */
export function decideServing(tests: readonly BackTest[]): Serving {
  const byLength: Serve[] = [];
  for (const length of BACK_TEST_LENGTHS) {
    const smoother = summarise(tests, length, "smoother");
    const challenger = summarise(tests, length, "arima_two_sided");
    const better = takesOver(challenger, smoother);
    const chosen = better ? challenger : smoother;
    if (isTooBad(chosen)) return { byLength, ...stopBefore(length, byLength, chosen) };
    byLength.push({
      upToMinutes: length,
      method: better ? "arima_two_sided" : "smoother",
      widen: { smoother: widening(smoother), arima_two_sided: widening(challenger) },
    });
  }
  const longest = BACK_TEST_LENGTHS.at(-1) ?? 0;
  return {
    byLength,
    longestGapMinutes: longest,
    reason: `longer than any back-test: ${longest} minutes`,
  };
}

function summarise(tests: readonly BackTest[], length: number, method: Method): Summary {
  const mine = tests.filter((test) => test.lengthMinutes === length && test.method === method);
  const sum = (key: "minutes" | "absoluteError" | "linearError" | "covered") =>
    mine.reduce((total, test) => total + test[key], 0);
  return {
    gaps: mine.length,
    ratio: sum("absoluteError") / sum("linearError"),
    coverage: sum("covered") / sum("minutes"),
    spread: Math.sqrt(
      mine.reduce((total, { squaredScore }) => total + squaredScore, 0) / mine.length,
    ),
  };
}

function takesOver(challenger: Summary, smoother: Summary): boolean {
  const enough = challenger.gaps >= LEAST_GAPS && smoother.gaps >= LEAST_GAPS;
  return enough && challenger.ratio < MARGIN * smoother.ratio && !isTooBad(challenger);
}

function isTooBad({ gaps, ratio, coverage }: Summary): boolean {
  return gaps >= LEAST_GAPS && (ratio > WORST_RATIO || coverage < LEAST_COVERAGE);
}

function widening({ gaps, spread }: Summary): number {
  return gaps < LEAST_GAPS ? 1 : Math.min(WIDEST, Math.max(1, spread));
}

function stopBefore(length: number, served: readonly Serve[], { ratio, coverage }: Summary) {
  return {
    longestGapMinutes: served.at(-1)?.upToMinutes ?? 0,
    reason: `back-tests at ${length} minutes: error ${ratio.toFixed(2)} of a straight line's, intervals hold ${Math.round(100 * coverage)} %`,
  };
}
