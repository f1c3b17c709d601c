import { setTimeout as wait } from "node:timers/promises";
import { SourceUnavailable } from "../errors.ts";

/** So often a page is asked for again by the same attempt. */
const TIMES = 2;

/** A reply that took longer is no hiccup: the run's own, longer waits are for that. */
const HICCUP_MS = 10_000;

/**
 * Asks for one page, and again where it came to nothing quickly: Google answers 500 now and then (open-wearables #1545),
 * and a window of many pages would begin anew each time. What refuses our project, tells us to wait or does not answer
 * is thrown on at once. `gapMs` is about what lies between two tries, twice that before the last.
 */
export async function askAgain<Page>(gapMs: number, ask: () => Promise<Page>): Promise<Page> {
  for (let tried = 1; ; tried += 1) {
    const began = performance.now();
    try {
      return await ask();
    } catch (error) {
      const isHiccup =
        error instanceof SourceUnavailable &&
        !error.projectLevel &&
        performance.now() - began < HICCUP_MS;
      if (!isHiccup || tried > TIMES) throw error;
      await wait(tried * gapMs * (0.5 + Math.random()));
    }
  }
}
