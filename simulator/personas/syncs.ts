import type { Interval } from "../intervals.ts";
import { overlapping } from "../intervals.ts";
import { between, createRandom, mix } from "../random.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../time.ts";
import type { Calendar } from "./calendar.ts";
import type { Persona, Silence } from "./personas.ts";

/** How much minute detail a watch keeps. */
const MEMORY = 7 * DAY;

/** Instants at which the watch handed its memory to the phone, oldest first. */
export function planSyncs(
  persona: Persona,
  calendar: Calendar,
  powerless: readonly Interval[],
): number[] {
  const silence = silenceOf(persona.silence, calendar);
  const random = createRandom(mix(calendar.key, 21));
  const syncs: number[] = [];
  // Pairing at enrolment is the first sync. One walk from there: a later horizon only appends.
  for (let at = calendar.startsAt + 5 * MINUTE; at < calendar.horizon; ) {
    const silent = silence !== null && at >= silence.from && at < silence.to;
    if (!silent && overlapping(powerless, at, at + 1).length === 0) syncs.push(at);
    at += Math.round(pause(persona, calendar, at, random) / SECOND) * SECOND;
  }
  return syncs;
}

/** What the watch had overwritten before it met its phone again. */
export function forgotten(startsAt: number, syncs: readonly number[]): readonly Forgotten[] {
  return syncs.flatMap((at, i) => {
    const from = i === 0 ? startsAt : (syncs[i - 1] ?? startsAt) + 1;
    return at - from > MEMORY ? [{ at, from, to: at - MEMORY }] : [];
  });
}

/** A stretch that was overwritten, known by the sync that came too late. */
export type Forgotten = Interval & Readonly<{ at: number }>;

/** The stretch without phone, in instants. */
export function silenceOf(silence: Silence | undefined, calendar: Calendar): Interval | null {
  if (silence === undefined) return null;
  const day = calendar.epochDay + silence.fromDay;
  const from = calendar.zone.instantOf(day, 11 * 60);
  return { from, to: from + silence.days * DAY };
}

function pause(
  { lateSyncHours }: Persona,
  { zone }: Calendar,
  at: number,
  random: () => number,
): number {
  if (lateSyncHours !== undefined) return between(random, ...lateSyncHours) * HOUR;
  const hour = new Date(at + zone.offsetSeconds(at) * SECOND).getUTCHours();
  const outOfReach = random() < 0.02;
  if (outOfReach) return between(random, 2, 6) * HOUR;
  return hour < 6 ? between(random, 60, 120) * MINUTE : between(random, 15, 60) * MINUTE;
}
