import type { DeviceReading } from "./facts.ts";
import { MINUTE_MS } from "./timeline.ts";

/** What the trackers' syncs say of any instant: who held its minutes, and when they were handed over. */
export type Syncs = Readonly<{
  /** The newest sync of any tracker; null where no device is known. */
  newest: number | null;
  /** Up to when the device that held this instant has handed over; where no device is known, by the newest sample. */
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
export function createSyncs(
  readings: readonly DeviceReading[],
  newestSampleMs: number | null,
): Syncs {
  const byDevice = Map.groupBy(readings, ({ device }) => device);
  const trackers = [...byDevice.values()]
    .map((own): Tracker => own.map(({ syncMs }) => syncMs).sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  const holders = (instantMs: number): readonly Tracker[] => {
    const since = trackers.filter(([first = 0]) => first <= instantMs);
    return since.length > 0 ? since : trackers.slice(0, 1);
  };
  const pick = (found: readonly (number | undefined)[], best: (...all: number[]) => number) => {
    const known = found.filter((each) => each !== undefined);
    return known.length === 0 ? null : best(...known);
  };
  const last = (each: readonly Tracker[]) =>
    pick(
      each.map((own) => own.at(-1)),
      Math.max,
    );
  return {
    newest: last(trackers),
    handedOverTo: (instantMs) => {
      if (trackers.length > 0) return last(holders(instantMs));
      return newestSampleMs === null ? null : newestSampleMs + MINUTE_MS;
    },
    next: (instantMs) =>
      pick(
        holders(instantMs).map((own) => own[firstAfter(own, instantMs)]),
        Math.min,
      ),
    previous: (instantMs) =>
      pick(
        holders(instantMs).map((own) => own[firstAfter(own, instantMs) - 1]),
        Math.max,
      ),
    wasReplaced: (instantMs) => holders(instantMs).length < trackers.length,
  };
}

/** Index of the first sync later than an instant. */
function firstAfter(own: Tracker, instantMs: number): number {
  let low = 0;
  let high = own.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((own[middle] ?? 0) > instantMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
