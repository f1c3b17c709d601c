import { createRandom, mix } from "../random.ts";
import type { Zone } from "../zone.ts";

/** What a person's days are drawn from. Each purpose has a key of its own, so that one never moves another. */
export type Calendar = Readonly<{
  zone: Zone;
  key: number;
  /** Days since 1970 on which the days of personas.ts are counted from. */
  epochDay: number;
  firstDay: number;
  /** The instant the watch was handed over. */
  startsAt: number;
  /** Nothing is planned from here on; moving it never changes what lies before it. */
  horizon: number;
}>;

/** The local days of the calendar, the first one included. */
export function* localDays({ zone, firstDay, horizon }: Calendar): Generator<number> {
  const last = zone.dayOf(horizon);
  for (let day = firstDay; day <= last; day++) yield day;
}

/** Draws for one local day and one purpose. */
export function dayRandom(calendar: Calendar, purpose: number, day: number): () => number {
  return createRandom(mix(mix(calendar.key, purpose), day));
}

/** 0 is Sunday. */
export function weekday(day: number): number {
  return (day + 4) % 7;
}
