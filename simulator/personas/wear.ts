import type { Interval } from "../intervals.ts";
import { overlapping, subtract, union } from "../intervals.ts";
import { between } from "../random.ts";
import { HOUR, MINUTE } from "../time.ts";
import type { Calendar } from "./calendar.ts";
import { dayRandom, localDays, weekday } from "./calendar.ts";
import type { Habit, Persona } from "./personas.ts";

/** How long a full battery lasts. */
export const BATTERY_HOURS = 160;

/** When the watch was off the wrist, on the charger, and without power. */
export type Wear = Readonly<{
  off: readonly Interval[];
  charging: readonly Interval[];
  powerless: readonly Interval[];
  worn: readonly Interval[];
}>;

type Plan = (calendar: Calendar, day: number, random: () => number) => Interval[];

/** Draws when the watch was worn; a habit is one function of a day. */
export function planWear(persona: Persona, calendar: Calendar): Wear {
  const life = [{ from: calendar.startsAt, to: calendar.horizon }];
  const clip = (intervals: Interval[]): Interval[] =>
    subtract(life, subtract(life, union(intervals)));
  const habits = persona.habits ?? [];
  const habitual = clip(habits.flatMap((habit) => planHabit(habit, calendar)));
  const away = clip(
    habits.filter(({ kind }) => kind === "away").flatMap((habit) => planHabit(habit, calendar)),
  );
  // Who is away does not charge the watch either.
  const charging = clip(planCharging(persona, calendar)).filter(
    ({ from }) => overlapping(away, from, from + 1).length === 0,
  );
  const off = union([...habitual, ...charging]);
  const powerless = clip(planPowerless(charging, calendar));
  const worn = subtract(subtract(life, off), powerless);
  return { off, charging, powerless, worn };
}

function planHabit(habit: Habit, calendar: Calendar): Interval[] {
  const plan = planOf(habit);
  return [...localDays(calendar)].flatMap((day) =>
    plan(calendar, day, dayRandom(calendar, 11, day)),
  );
}

function planOf(habit: Habit): Plan {
  switch (habit.kind) {
    case "nights_off":
      return ({ zone }, day, random) => [
        {
          from: zone.instantOf(day, between(random, 22 * 60, 23.4 * 60)),
          to: zone.instantOf(day + 1, between(random, 6.5 * 60, 8 * 60)),
        },
      ];
    case "evenings_off":
      return ({ zone }, day, random) => {
        const from = zone.instantOf(day, between(random, 17.5 * 60, 19 * 60));
        const to = zone.instantOf(day, between(random, 22.5 * 60, 23.9 * 60));
        return random() < habit.share ? [{ from, to }] : [];
      };
    case "weekends_off":
      return ({ zone }, day, random) =>
        weekday(day) === 5
          ? [
              {
                from: zone.instantOf(day, between(random, 18 * 60, 20 * 60)),
                to: zone.instantOf(day + 3, between(random, 6 * 60, 7 * 60)),
              },
            ]
          : [];
    case "away":
      return ({ zone, epochDay, horizon }, day) =>
        day === epochDay + habit.fromDay
          ? [
              {
                from: zone.instantOf(day, 8 * 60),
                to: Math.min(horizon, zone.instantOf(day + habit.days, 18 * 60)),
              },
            ]
          : [];
  }
}

function planCharging({ chargeEveryDays = 1 }: Persona, calendar: Calendar): Interval[] {
  const { zone, firstDay } = calendar;
  return [...localDays(calendar)]
    .filter((day) => (day - firstDay) % chargeEveryDays === 0)
    .map((day) => {
      const random = dayRandom(calendar, 12, day);
      const from = zone.instantOf(day, between(random, 18.6 * 60, 20.4 * 60));
      return { from, to: from + Math.round(between(random, 40, 95)) * MINUTE };
    });
}

/** The watch is handed over fully charged. */
function planPowerless(charging: readonly Interval[], calendar: Calendar): Interval[] {
  const fullAt = [calendar.startsAt, ...charging.map(({ to }) => to)];
  const nextCharge = [...charging.map(({ from }) => from), calendar.horizon];
  return fullAt.map((full, i) => ({
    from: full + BATTERY_HOURS * HOUR,
    to: nextCharge[i] ?? calendar.horizon,
  }));
}
