/** A sleep session as the device recorded it: instants in epoch milliseconds, minutes asleep and in bed. */
export type Sleep = Readonly<{
  startMs: number;
  endMs: number;
  /** The participant-local day it ends in. */
  day: string;
  main: boolean;
  minutesAsleep: number;
  minutesInBed: number;
}>;

export type Night = Readonly<{ minutesAsleep: number; minutesInBed: number; efficiency: number }>;

/** The limits below which a night is low; hours, and percent of the time in bed. */
export type SleepRules = Readonly<{ lowSleepHours: number; sleepEfficiencyPercent: number }>;

/**
 * The night that belongs to a local day is the one that ends in it: the main sleep, or the longest where the device marks
 * none; naps are not in it. Efficiency is the share of the time in bed that was slept (National Sleep Foundation,
 * Ohayon et al. 2017). Null where no sleep was recorded.
 */
export function nightOf(sleeps: readonly Sleep[], day: string): Night | null {
  return nightFrom(sleeps.filter((sleep) => sleep.day === day));
}

/** The same by noon to noon: all that was slept from a local noon to the next one (ABCD study), naps included. */
export function nightBetween(
  sleeps: readonly Sleep[],
  { noonMs, nextNoonMs }: Readonly<{ noonMs: number; nextNoonMs: number }>,
): Night | null {
  const within = sleeps.filter(({ startMs }) => startMs >= noonMs && startMs < nextNoonMs);
  if (within.length === 0) return null;
  const sum = (of: (sleep: Sleep) => number) => within.reduce((total, each) => total + of(each), 0);
  return night(
    sum(({ minutesAsleep }) => minutesAsleep),
    sum(({ minutesInBed }) => minutesInBed),
  );
}

function nightFrom(sleeps: readonly Sleep[]): Night | null {
  const candidates = sleeps.some(({ main }) => main) ? sleeps.filter(({ main }) => main) : sleeps;
  const [longest] = [...candidates].sort((a, b) => b.minutesInBed - a.minutesInBed);
  return longest === undefined ? null : night(longest.minutesAsleep, longest.minutesInBed);
}

function night(minutesAsleep: number, minutesInBed: number): Night {
  const efficiency = minutesInBed === 0 ? 0 : minutesAsleep / minutesInBed;
  return { minutesAsleep, minutesInBed, efficiency };
}

/** Fewer hours than adults need at the least (AASM: under 6 h is a risk), or too much of the night awake (NSF: 85 %). */
export function isLowNight({ minutesAsleep, efficiency }: Night, rules: SleepRules): boolean {
  return (
    minutesAsleep < rules.lowSleepHours * 60 || efficiency * 100 < rules.sleepEfficiencyPercent
  );
}
