import type { Zone } from "./zone.ts";
import { zoneOf } from "./zone.ts";

/** From when on somebody is in which zone. */
export type Leg = Readonly<{ at: number; zone: string }>;

/**
 * The clocks around a traveller: those at home until the first leg, then those of each leg, oldest first. A wall-clock
 * time that comes twice on the way is the later one; one that never comes is the one the zone left behind would show.
 */
export function createJourney(home: Zone, legs: readonly Leg[]): Zone {
  const stays = legs.map(({ at, zone }) => ({ at, zone: zoneOf(zone) })).toReversed();
  const zoneAt = (atMs: number): Zone => stays.find(({ at }) => atMs >= at)?.zone ?? home;
  return {
    name: home.name,
    nameAt: (atMs) => zoneAt(atMs).name,
    offsetSeconds: (atMs) => zoneAt(atMs).offsetSeconds(atMs),
    dayOf: (atMs) => zoneAt(atMs).dayOf(atMs),
    instantOf: (day, minuteOfDay) => {
      const there = stays.find(({ at, zone }) => zone.instantOf(day, minuteOfDay) >= at);
      if (there === undefined) return home.instantOf(day, minuteOfDay);
      return there.zone.instantOf(day, minuteOfDay);
    },
  };
}
