import type { Interval } from "../intervals.ts";
import { firstWhere } from "../intervals.ts";
import type { SampleSeries, VisitSample } from "../participant.ts";
import type { Life } from "./life.ts";

/** Visits what a sensor took in these worn stretches within a range, oldest first. */
export type Measure = (worn: readonly Interval[], range: Interval, visit: VisitSample) => void;

/** A sensor of the watch as the cloud sees it: what was kept, up to the last sync. */
export function createSyncedSeries(
  lifeUntil: (until: number) => Life,
  measure: Measure,
): SampleSeries {
  return {
    known: ({ from, to }, now, visit) => {
      const end = Math.min(to, lastSync(lifeUntil(now).syncs, now) + 1);
      if (from < end) measure(lifeUntil(now).kept, { from, to: end }, visit);
    },
    measured: (range, visit) => measure(lifeUntil(range.to).wear.worn, range, visit),
    extent: (now) => {
      const life = lifeUntil(now);
      const from = life.wear.worn[0]?.from ?? 0;
      return { from, to: Math.max(from, lastSync(life.syncs, now) + 1) };
    },
  };
}

/** The last sync at or before an instant; 0 (long before any data) where there is none. */
export function lastSync(syncs: readonly number[], now: number): number {
  return syncs[firstWhere(syncs.length, (i) => (syncs[i] ?? 0) > now) - 1] ?? 0;
}
