/** Who waits for the one session; somebody who `yields` lets the others go first. */
export type Holder = object & Readonly<{ yields?: boolean }>;

/** How many may go before one who yields, in a row: a page's dozen waits for one or two, and many pages leave every ninth. */
const AHEAD_IN_A_ROW = 8;

export type Line = Readonly<{
  isHeldBy(who: Holder): boolean;
  /** Waits for its turn; the holder gets it again at once. */
  acquire(who: Holder): Promise<void>;
  /** Gives the turn to the next in line; nothing happens where `who` does not hold it. */
  release(who: Holder): void;
}>;

/**
 * A line of two lanes, each first come first served: whoever yields waits until nobody else does, but for no more than
 * so many turns. A page asks a dozen things at once; behind the daily run it would wait for one statement of each of its
 * connections every time.
 */
export function createLine(): Line {
  type Waiting = Readonly<{ who: Holder; go: () => void }>;
  const ahead: Waiting[] = [];
  const behind: Waiting[] = [];
  let holder: Holder | null = null;
  let aheadInARow = 0;

  function next(): Waiting | undefined {
    const isTheirTurn = ahead.length === 0 || (behind.length > 0 && aheadInARow >= AHEAD_IN_A_ROW);
    aheadInARow = isTheirTurn ? 0 : aheadInARow + 1;
    return isTheirTurn ? behind.shift() : ahead.shift();
  }

  return {
    isHeldBy: (who) => holder === who,
    acquire(who) {
      if (holder === who) return Promise.resolve();
      if (holder === null) {
        holder = who;
        return Promise.resolve();
      }
      return new Promise((go) => (who.yields === true ? behind : ahead).push({ who, go }));
    },
    release(who) {
      if (holder !== who) return;
      const waiting = next();
      holder = waiting?.who ?? null;
      waiting?.go();
    },
  };
}
