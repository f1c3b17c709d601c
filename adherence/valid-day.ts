import type { DayState } from "./day-state.ts";

/** Days a week must hold to be valid: 4 is the usual convention (reviewed in Sci Rep 2021, s41598-021-89141-3). */
const VALID_DAYS_A_WEEK = 4;

/** A local day as judged, for measures over several days. */
export type DayOfWindow = Readonly<{ state: DayState; wearMinutes: number }>;

/** Minutes of a day. */
const DAY_MINUTES = 1440;

/**
 * Worn minutes (whole) that make a final day of so many minutes valid; the default of 600 is the 10 h of All of Us (Master
 * et al. 2022, Nat Med) and of fitibble's flag_valid_day. A day of 23 or 25 hours has the same limit; one that is shorter
 * than the limit itself, as a traveller over the date line has, the same share of its minutes.
 */
export function validDayLimit(expectedMinutes: number, validDayMinutes: number): number {
  if (expectedMinutes >= validDayMinutes) return validDayMinutes;
  return Math.ceil((expectedMinutes * validDayMinutes) / DAY_MINUTES);
}

/** States that say how well a participant wore the device; all others say nothing about them. */
const JUDGEABLE: ReadonlySet<DayState> = new Set(["valid", "partial", "not_worn"]);

/** Whether a week (seven local days, or fewer at the edges of participation) holds enough valid days. */
export function isValidWeek(days: readonly Pick<DayOfWindow, "state">[]): boolean {
  return days.filter(({ state }) => state === "valid").length >= VALID_DAYS_A_WEEK;
}

/**
 * Adherence over a window: of the days that can be judged, how many were valid, and their mean wear in minutes. Days lost,
 * open, not authorised or missing through our fault count neither way; null where no day can be judged.
 */
export function adherenceOver(
  days: readonly DayOfWindow[],
): Readonly<{ judged: number; valid: number; share: number; meanWearMinutes: number }> | null {
  const judged = days.filter(({ state }) => JUDGEABLE.has(state));
  if (judged.length === 0) return null;
  const valid = judged.filter(({ state }) => state === "valid").length;
  const total = judged.reduce((sum, { wearMinutes }) => sum + wearMinutes, 0);
  return {
    judged: judged.length,
    valid,
    share: valid / judged.length,
    meanWearMinutes: total / judged.length,
  };
}
