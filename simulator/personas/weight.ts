import type { KnownSeries } from "../participant.ts";
import { mix, unit } from "../random.ts";
import { MINUTE } from "../time.ts";
import type { Zone } from "../zone.ts";

/** Grams on the bathroom scale every third morning; a scale hands over by itself, without the watch. */
export function createWeight(key: number, zone: Zone, startsAt: number): KnownSeries {
  const usual = 58_000 + (mix(key, 71) % 34_000);
  return {
    known: ({ from, to }, now, visit) => {
      const end = Math.min(to, now + 1);
      for (let day = zone.dayOf(Math.max(from, startsAt)); day <= zone.dayOf(end); day++) {
        const at = zone.instantOf(day, 7 * 60) + (mix(mix(key, 72), day) % 40) * MINUTE;
        const differs = Math.round((unit(mix(key, 73), day) - 0.5) * 1600);
        if (day % 3 === 0 && at >= Math.max(from, startsAt) && at < end) visit(at, usual + differs);
      }
    },
    extent: (now) => ({ from: startsAt, to: Math.max(startsAt, now + 1) }),
  };
}

/** Of somebody without a scale. */
export const NO_WEIGHT: KnownSeries = {
  known: () => undefined,
  extent: () => ({ from: 0, to: 0 }),
};
