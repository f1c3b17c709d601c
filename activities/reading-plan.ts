import type { OpenDay } from "../sql/ledger.ts";

/** A stretch of consecutive local days to be asked for in one go, as text for Temporal. */
export type ReadingWindow = Readonly<{ from: string; to: string; days: readonly string[] }>;

const DAY_MS = 86_400_000;

/**
 * Joins open days (oldest first) that touch into windows no longer than `maxDays` × 24 h and of no more calendar days,
 * newest first: the newest days matter most when a rate limit stops the reading half-way. A window holds at least one
 * day. Who flies west over the date line has days of ten hours, and a fortnight of hours then holds fifteen of them.
 */
export function joinDays(days: readonly OpenDay[], maxDays: number): ReadingWindow[] {
  const windows: { from: Date; to: Date; days: string[] }[] = [];
  for (const day of days.toReversed()) {
    const last = windows[windows.length - 1];
    if (last !== undefined && joins(day, last, maxDays)) {
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

function joins(
  day: OpenDay,
  { from, to, days }: Readonly<{ from: Date; to: Date; days: readonly string[] }>,
  maxDays: number,
): boolean {
  if (from.getTime() !== day.to.getTime()) return false;
  const calendarMs = Date.parse(days[0] ?? day.day) - Date.parse(day.day);
  return to.getTime() - day.from.getTime() <= maxDays * DAY_MS && calendarMs < maxDays * DAY_MS;
}

/** Days that are open in any of several series, each once, oldest first. */
export function unionOfDays(several: readonly (readonly OpenDay[])[]): OpenDay[] {
  const byDay = new Map(several.flat().map((one) => [one.day, one]));
  return [...byDay.values()].sort((one, other) => one.from.getTime() - other.from.getTime());
}
