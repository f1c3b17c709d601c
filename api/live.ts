import type { Log } from "../log.ts";

/**
 * Told the counter's value when it differs from the one the listener has seen, and once a minute anyway; null when it
 * cannot be read, and the value again once it can.
 */
type Listener = (counter: number | null) => void;

export type Live = Readonly<{
  /** Adds a listener that has seen this value of the counter; null when there is no room. Returns its removal. */
  listen(seen: number, listener: Listener): (() => void) | null;
  listeners(): number;
}>;

type Seat = { seen: number; toldAt: number; readonly tell: Listener };

export type LiveOptions = Readonly<{
  readCounter: () => Promise<number>;
  pollMs: number;
  clock: () => Date;
  log: Pick<Log, "warn">;
  /** So that "5 min ago" on an open page stays true while nothing happens. */
  refreshMs?: number;
  maxListeners?: number;
}>;

/** One poll of the change counter per process, only while somebody listens. */
export function createLive({
  readCounter,
  pollMs,
  clock,
  log,
  refreshMs = 60_000,
  maxListeners = 200,
}: LiveOptions): Live {
  const seats = new Set<Seat>();
  let polling = false;
  let failing = false;

  async function poll(): Promise<void> {
    polling = true;
    while (seats.size > 0) {
      await readCounter().then(tellAll, noteFailure);
      await new Promise((resolve) => setTimeout(resolve, pollMs).unref());
    }
    polling = false;
  }

  function tellAll(counter: number): void {
    const back = failing;
    failing = false;
    const now = clock().getTime();
    for (const seat of seats) {
      if (!back && seat.seen === counter && now - seat.toldAt < refreshMs) continue;
      seat.seen = counter;
      seat.toldAt = now;
      seat.tell(counter);
    }
  }

  function noteFailure(): void {
    if (failing) return;
    failing = true;
    log.warn("the change counter cannot be read; open pages keep what they show, and say so");
    for (const { tell } of seats) tell(null);
  }

  return {
    listen(seen, tell) {
      if (seats.size >= maxListeners) return null;
      const seat = { seen, toldAt: clock().getTime(), tell };
      seats.add(seat);
      if (failing) tell(null);
      if (!polling) void poll();
      return () => seats.delete(seat);
    },
    listeners: () => seats.size,
  };
}
