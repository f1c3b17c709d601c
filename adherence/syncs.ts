import type { PersonFacts } from "./facts.ts";
import { firstWhere, MINUTE_MS } from "./timeline.ts";

/** What the trackers' syncs say of any instant: who held its minutes, and when they were handed over. */
export type Syncs = Readonly<{
  /** The newest sync of any tracker, by which days are read; null where none is told (any more). */
  newest: number | null;
  /** Up to when the device that held this instant has handed over; where none is told (any more), by the newest sample. */
  handedOverTo(instantMs: number): number | null;
  /** The first sync known after an instant, and the last before it, of a device that held it. */
  next(instantMs: number): number | null;
  previous(instantMs: number): number | null;
  /** Whether another tracker has taken the place of the one that held this instant. */
  wasReplaced(instantMs: number): boolean;
}>;

type Tracker = readonly number[];

/**
 * A tracker holds what was measured since its first sync; before the first sync of all, the earliest holds it. So the
 * minutes between the last sync of an exchanged watch and the first of the new one are still on the old one.
 */
export function createSyncs({
  readings,
  toldSyncMs,
  newestSampleMs,
}: Pick<PersonFacts, "readings" | "toldSyncMs" | "newestSampleMs">): Syncs {
  const byDevice = Map.groupBy(readings, ({ device }) => device);
  const trackers = [...byDevice.values()]
    .map((own): Tracker => own.map(({ syncMs }) => syncMs).sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  // Of the first so many trackers: found once, asked for every missing minute.
  const first = trackers.map((_, i) => trackers.slice(0, i + 1));
  const lasts = first.map((each) => Math.max(...each.map((own) => own.at(-1) ?? 0)));
  /** How many trackers there were at an instant, the earliest at least; 0 where none is known. */
  const known = (instantMs: number) =>
    Math.max(
      Math.min(1, trackers.length),
      firstWhere(trackers.length, (i) => (trackers[i]?.[0] ?? 0) > instantMs),
    );
  const around = (instantMs: number, offset: 0 | -1) =>
    (first[known(instantMs) - 1] ?? []).flatMap(
      (own) => own[firstAfter(own, instantMs) + offset] ?? [],
    );
  const bestOf = (found: readonly number[], best: (...all: number[]) => number) =>
    found.length === 0 ? null : best(...found);
  const wasReplaced = (instantMs: number) => known(instantMs) < trackers.length;
  const sampledTo = newestSampleMs === null ? [] : [newestSampleMs + MINUTE_MS];
  return {
    newest: toldSyncMs,
    handedOverTo: (instantMs) => {
      const synced = lasts.slice(0, known(instantMs)).slice(-1);
      // What an exchanged watch held is told by its own sync for ever.
      const isTold = toldSyncMs !== null || wasReplaced(instantMs);
      return bestOf(isTold ? synced : [...synced, ...sampledTo], Math.max);
    },
    next: (instantMs) => bestOf(around(instantMs, 0), Math.min),
    previous: (instantMs) => bestOf(around(instantMs, -1), Math.max),
    wasReplaced,
  };
}

/** Index of the first sync later than an instant. */
function firstAfter(own: Tracker, instantMs: number): number {
  return firstWhere(own.length, (i) => (own[i] ?? 0) > instantMs);
}
