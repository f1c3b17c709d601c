/** One participant's consecutive minutes, oldest first, all arrays equally long. Measured values only. */
export type Timeline = Readonly<{
  /** Instant of index 0, epoch milliseconds at a full minute. */
  startMs: number;
  /** Beats a minute by a wearable; NaN where nothing was measured. */
  heartRate: Float64Array;
  /** Steps of the minute by a wearable; 0 where there is none. */
  steps: Uint16Array;
  /** 1 where the device says asleep. */
  asleep: Uint8Array;
}>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** An empty timeline of a length in minutes, to be filled. */
export function emptyTimeline(startMs: number, minutes: number): Timeline {
  return {
    startMs,
    heartRate: new Float64Array(minutes).fill(Number.NaN),
    steps: new Uint16Array(minutes),
    asleep: new Uint8Array(minutes),
  };
}

/** The instant of a minute of a timeline, epoch milliseconds. */
export function instantOf({ startMs }: Pick<Timeline, "startMs">, index: number): number {
  return startMs + index * MINUTE_MS;
}

/** The index of the minute an instant lies in, cut to 0 … length. */
export function indexOf(
  { startMs, heartRate }: Pick<Timeline, "startMs" | "heartRate">,
  instantMs: number,
): number {
  const index = Math.floor((instantMs - startMs) / MINUTE_MS);
  return Math.max(0, Math.min(heartRate.length, index));
}

/** The first index from which on a condition holds that, once it holds, goes on holding; `length` where it never does. */
export function firstWhere(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A stretch of minutes, half-open, in indices of a timeline. */
export type Stretch = Readonly<{ from: number; to: number }>;

/** The longest stretches in which a condition holds, oldest first. */
export function stretchesWhere(
  length: number,
  holds: (index: number) => boolean,
): readonly Stretch[] {
  const found: Stretch[] = [];
  let from = -1;
  for (let i = 0; i <= length; i++) {
    const inside = i < length && holds(i);
    if (inside && from < 0) from = i;
    if (!inside && from >= 0) {
      found.push({ from, to: i });
      from = -1;
    }
  }
  return found;
}
