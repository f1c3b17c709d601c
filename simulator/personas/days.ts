import type { Interval } from "../intervals.ts";
import { between } from "../random.ts";
import { MINUTE } from "../time.ts";
import type { Calendar } from "./calendar.ts";
import { dayRandom, localDays, weekday } from "./calendar.ts";

/** A stretch of moving about, and by how much it raises the heart rate. */
export type Bout = Interval & Readonly<{ activity: "walk" | "exercise"; risesBy: number }>;

/** Sleep of each night, whether or not the watch was there to see it. */
export function planSleep(calendar: Calendar): Interval[] {
  const { zone } = calendar;
  return [...localDays(calendar)].map((day) => {
    const random = dayRandom(calendar, 31, day);
    const late = weekday(day) === 5 || weekday(day) === 6 ? 60 : 0;
    return {
      from: zone.instantOf(day, between(random, 22.5 * 60, 23.9 * 60) + late),
      to: zone.instantOf(day + 1, between(random, 6 * 60, 7.5 * 60) + late),
    };
  });
}

/** Two walks a day, and exercise on about every third. */
export function planBouts(calendar: Calendar): Bout[] {
  const { zone } = calendar;
  return [...localDays(calendar)].flatMap((day) => {
    const random = dayRandom(calendar, 32, day);
    const bout = (
      activity: Bout["activity"],
      hours: readonly [number, number],
      minutes: readonly [number, number],
      rise: readonly [number, number],
    ): Bout => {
      const from = zone.instantOf(day, Math.round(between(random, ...hours) * 60));
      const to = from + Math.round(between(random, ...minutes)) * MINUTE;
      return { from, to, activity, risesBy: between(random, ...rise) };
    };
    const morning = bout("walk", [9, 11], [10, 40], [15, 32]);
    const noon = bout("walk", [12.5, 14], [10, 40], [15, 32]);
    const exercise = bout("exercise", [16, 17], [30, 60], [45, 80]);
    return random() < 0.35 ? [morning, noon, exercise] : [morning, noon];
  });
}
