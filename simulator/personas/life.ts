import type { Interval } from "../intervals.ts";
import { subtract } from "../intervals.ts";
import type { LifeEvent } from "../life-event.ts";
import { DAY } from "../time.ts";
import type { Calendar } from "./calendar.ts";
import type { Bout } from "./days.ts";
import { planBouts, planSleep } from "./days.ts";
import type { Persona } from "./personas.ts";
import type { Forgotten } from "./syncs.ts";
import { forgotten, planSyncs, silenceOf } from "./syncs.ts";
import type { Wear } from "./wear.ts";
import { planWear } from "./wear.ts";

/** Everything a person did up to a horizon. */
export type Life = Readonly<{
  wear: Wear;
  /** Worn, powered and not forgotten: what a sync can still bring, or brought. */
  kept: readonly Interval[];
  syncs: readonly number[];
  asleep: readonly Interval[];
  bouts: readonly Bout[];
  lost: readonly Forgotten[];
  /** Oldest first. Made when asked for: a thousand lives are kept, and their events seldom read. */
  events: () => readonly LifeEvent[];
}>;

/** Plans a life in blocks of 30 days, as far ahead as it is asked for; what was told never changes. */
export function createLife(
  persona: Persona,
  calendar: Omit<Calendar, "horizon">,
): (until: number) => Life {
  const block = 30 * DAY;
  let horizon = calendar.startsAt;
  let life: Life | null = null;
  return (until) => {
    // Two days of margin: a stretch that the horizon cuts off must not be seen.
    if (life === null || until + 2 * DAY > horizon) {
      const blocks = Math.max(1, Math.ceil((until + 2 * DAY - calendar.startsAt) / block));
      horizon = calendar.startsAt + blocks * block;
      life = plan(persona, { ...calendar, horizon });
    }
    return life;
  };
}

function plan(persona: Persona, calendar: Calendar): Life {
  const wear = planWear(persona, calendar);
  const syncs = planSyncs(persona, calendar, wear.powerless);
  const lost = forgotten(calendar.startsAt, syncs);
  const parts = { wear, syncs, lost, asleep: planSleep(calendar), bouts: planBouts(calendar) };
  const silence = silenceOf(persona.silence, calendar);
  return {
    ...parts,
    kept: subtract(wear.worn, lost),
    events: () => {
      const events = [{ at: calendar.startsAt, kind: "put_on" } as const, ...eventsOf(parts)];
      if (persona.silence !== undefined && silence !== null)
        events.push({ at: silence.from, kind: persona.silence.cause });
      return events.sort((a, b) => a.at - b.at);
    },
  };
}

function eventsOf(parts: Pick<Life, "wear" | "syncs" | "lost" | "asleep" | "bouts">): LifeEvent[] {
  const { wear, syncs, lost, asleep, bouts } = parts;
  return [
    ...bothEnds(wear.off, "took_off", "put_on"),
    ...bothEnds(wear.charging, "charging_started", "charging_ended"),
    ...wear.powerless.map(({ from: at }): LifeEvent => ({ at, kind: "battery_empty" })),
    ...bothEnds(asleep, "fell_asleep", "woke"),
    ...bouts.flatMap(({ from, to, activity }): LifeEvent[] => [
      { at: from, kind: "activity_started", activity },
      { at: to, kind: "activity_ended", activity },
    ]),
    ...syncs.map((at): LifeEvent => ({ at, kind: "synced" })),
    ...lost.map(({ at, from: lostFrom, to: lostTo }): LifeEvent => {
      return { at, kind: "memory_exceeded", lostFrom, lostTo };
    }),
  ];
}

type PlainKind = Exclude<
  LifeEvent["kind"],
  "activity_started" | "activity_ended" | "memory_exceeded" | "travelled"
>;

function bothEnds(stretches: readonly Interval[], begin: PlainKind, end: PlainKind): LifeEvent[] {
  return stretches.flatMap(({ from, to }) => [
    { at: from, kind: begin },
    { at: to, kind: end },
  ]);
}
