/** Daily metrics of which the last value may be shown again, and for how many days. Nothing else is ever filled. */
const SHOWN_AGAIN: Readonly<Record<string, number>> = {
  resting_heart_rate: 3,
  weight: 3,
};

export type DailyFill = Readonly<{ value: number; daysOld: number }>;

/**
 * The last known value for each missing day, where the metric allows it and it is at most three days old; else null. For
 * display, never for analysis: a repeated value has no variance of its own. `values` holds one entry a local day, null
 * where missing. Heart rate variability, oxygen saturation and what the vendor derives (calories, distance) are left
 * missing: yesterday's says nothing about today's.
 */
export function carryDailyValues(
  metric: string,
  values: readonly (number | null)[],
): (DailyFill | null)[] {
  const longest = SHOWN_AGAIN[metric] ?? 0;
  let last: DailyFill | null = null;
  return values.map((value) => {
    if (value !== null) {
      last = { value, daysOld: 0 };
      return null;
    }
    last = last && { value: last.value, daysOld: last.daysOld + 1 };
    return last !== null && last.daysOld <= longest ? last : null;
  });
}
