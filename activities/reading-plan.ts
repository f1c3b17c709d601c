import type { OpenDay } from "../sql/ledger.ts";

/** A stretch of consecutive local days to be asked for in one go, as text for Temporal. */
export type ReadingWindow = Readonly<{ from: string; to: string; days: readonly string[] }>;

/**
 * Joins open days (oldest first) that touch into windows no longer than `maxDays` × 24 h, newest first: the
 * newest days matter most when a rate limit stops the reading half-way. A window holds at least one day.
 */
export function joinDays(days: readonly OpenDay[], maxDays: number): ReadingWindow[] {
  const windows: { from: Date; to: Date; days: string[] }[] = [];
  for (const day of days.toReversed()) {
    const last = windows[windows.length - 1];
    const touches = last !== undefined && last.from.getTime() === day.to.getTime();
    if (touches && last.to.getTime() - day.from.getTime() <= maxDays * 86_400_000) {
      last.from = day.from;
      last.days.push(day.day);
    } else windows.push({ from: day.from, to: day.to, days: [day.day] });
  }
  return windows.map(({ from, to, days: covered }) => ({
    from: from.toISOString(),
    to: to.toISOString(),
    days: covered,
  }));
}

/** Days that are open in any of several series, each once, oldest first. */
export function unionOfDays(several: readonly (readonly OpenDay[])[]): OpenDay[] {
  const byDay = new Map(several.flat().map((one) => [one.day, one]));
  return [...byDay.values()].sort((one, other) => one.from.getTime() - other.from.getTime());
}
