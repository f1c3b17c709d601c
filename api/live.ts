import type { Log } from "../log.ts";
import { withPatience } from "./status-reader.ts";

/** What a listener is told: the change counter, or since when the database does not answer. */
export type News = Readonly<{ counter: number } | { silentSince: Date }>;

/** Told of a counter it has not seen, and once a minute anyway; of silence once, and of the counter after it. */
type Listener = (news: News) => void;

export type Live = Readonly<{
  /**
   * Adds a listener that has seen this value of the counter; null when there is no room, here or for this address.
   * Returns its removal.
   */
  listen(who: Readonly<{ seen: number; address: string }>, tell: Listener): (() => void) | null;
  listeners(): number;
}>;

type Seat = { seen: number; toldAt: number; readonly address: string; readonly tell: Listener };

export type LiveOptions = Readonly<{
  readCounter: () => Promise<number>;
  pollMs: number;
  clock: () => Date;
  log: Pick<Log, "warn">;
  /** How long a poll may take before the database counts as silent. */
  patienceMs: number;
  /** So that "5 min ago" on an open page stays true while nothing happens. */
  refreshMs?: number;
  maxListeners?: number;
  /** One address cannot take everybody's seats. */
  maxPerAddress?: number;
}>;

/** One poll of the change counter per process, only while somebody listens. */
export function createLive({
  readCounter,
  pollMs,
  clock,
  log,
  patienceMs,
  refreshMs = 60_000,
  maxListeners = 200,
  maxPerAddress = 20,
}: LiveOptions): Live {
  const seats = new Set<Seat>();
  let polling = false;
  // Kept while nobody listens: who comes back to a silent database is told at once.
  let silentSince: Date | null = null;

  async function poll(): Promise<void> {
    polling = true;
    while (seats.size > 0) {
      const askedAt = clock();
      await withPatience(readCounter(), patienceMs).then(tellAll, () => noteSilence(askedAt));
      await new Promise((resolve) => setTimeout(resolve, pollMs).unref());
    }
    polling = false;
  }

  function tellAll(counter: number): void {
    const back = silentSince !== null;
    silentSince = null;
    const now = clock().getTime();
    for (const seat of seats) {
      if (!back && seat.seen === counter && now - seat.toldAt < refreshMs) continue;
      seat.seen = counter;
      seat.toldAt = now;
      seat.tell({ counter });
    }
  }

  function noteSilence(since: Date): void {
    if (silentSince !== null) return;
    silentSince = since;
    log.warn("the change counter cannot be read; open pages keep what they show, and say so");
    for (const { tell } of seats) tell({ silentSince });
  }

  return {
    listen({ seen, address }, tell) {
      if (seats.size >= maxListeners || seatsOf(seats, address) >= maxPerAddress) return null;
      const seat = { seen, toldAt: clock().getTime(), address, tell };
      seats.add(seat);
      if (silentSince !== null) tell({ silentSince });
      if (!polling) void poll();
      return () => seats.delete(seat);
    },
    listeners: () => seats.size,
  };
}

function seatsOf(seats: Iterable<Seat>, address: string): number {
  let count = 0;
  for (const seat of seats) if (seat.address === address) count += 1;
  return count;
}
