import type { OffsetAt } from "./zone-offsets.ts";

/** What a minute of wall time can mean: usual, one that never was (spring), or one that came twice (autumn). */
type Twice = Readonly<{
  kind: "twice";
  first: number;
  second: number;
  startsAt: number;
  endsAt: number;
}>;
type Reading = Readonly<{ kind: "usual" | "never"; offset: number }> | Twice;

/**
 * Turns wall times into instants (both epoch milliseconds), in the order in which a file lists them. With
 * `filler`, a row that the export makes up for every minute (0 steps) and that says nothing of the device's clock.
 */
export type DeviceClock = (wallMs: number, filler?: boolean) => number;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Wall times this little behind the twice-told hour, followed by a step back into it, came before its second pass. */
const STILL_BEFORE_MS = 3 * 3_600_000;

/**
 * The clock of one participant's device within one file. Two different wall times never become one instant:
 *
 * 1. A wall time that never was (the night clocks go forward) proves that the device kept the old offset; it is
 *    read with it, and so are the rows after it, until the zone's own offset gives a later instant than the last
 *    row: that is the hour the device's clock jumps at its next sync, or a pause that long.
 * 2. A wall time that came twice is its first pass, until the file steps back into that hour: then its second.
 *    The same wall time again is the same reading.
 * 3. A file that steps back further is not in order of time; there the zone's own offset holds.
 *
 * The answer depends on the rows before it in the file, so a file is always read from its beginning.
 */
export function createDeviceClock(offsetAt: OffsetAt): DeviceClock {
  const read = createReadings(offsetAt);
  let lastWall = Number.NEGATIVE_INFINITY;
  let lastInstant = Number.NEGATIVE_INFINITY;
  let kept: number | null = null;
  let secondPass = false;

  function offsetTwice(wallMs: number, { first, second, startsAt, endsAt }: Twice): number {
    if (lastWall < startsAt || lastWall >= endsAt + STILL_BEFORE_MS) secondPass = false;
    else if (wallMs < lastWall) secondPass = true;
    return secondPass ? second : first;
  }

  function offsetUsual(wallMs: number, own: number): number {
    if (wallMs < lastWall || wallMs - own > lastInstant) kept = null;
    return kept ?? own;
  }

  function offsetOf(wallMs: number, reading: Reading): number {
    if (reading.kind === "twice") return offsetTwice(wallMs, reading);
    if (reading.kind === "usual") return offsetUsual(wallMs, reading.offset);
    kept ??= reading.offset;
    return kept;
  }

  return (wallMs, filler = false) => {
    const reading = read(wallMs);
    if (filler && reading.kind !== "twice") return wallMs - reading.offset;
    const instant = wallMs - offsetOf(wallMs, reading);
    lastWall = wallMs;
    lastInstant = instant;
    return instant;
  };
}

/** What each minute of wall time means. Only the last one is remembered: a file holds millions, mostly in order. */
function createReadings(offsetAt: OffsetAt): (wallMs: number) => Reading {
  let lastMinute = Number.NaN;
  let last: Reading = { kind: "usual", offset: 0 };
  return (wallMs) => {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute !== lastMinute) last = readingOf(minute * MINUTE_MS, offsetAt);
    lastMinute = minute;
    return last;
  };
}

function readingOf(wallMs: number, offsetAt: OffsetAt): Reading {
  // No zone is further from UTC than 14 hours: a day on either side lies before and after any change near by.
  const near = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs), offsetAt(wallMs + DAY_MS)];
  const fits = [...new Set(near)].filter((offset) => offsetAt(wallMs - offset) === offset);
  const first = Math.max(...fits);
  const second = Math.min(...fits);
  if (fits.length === 0) return { kind: "never", offset: near[0] ?? 0 };
  if (first === second) return { kind: "usual", offset: first };
  const change = changeBetween(wallMs - first, wallMs - second, offsetAt);
  return { kind: "twice", first, second, startsAt: change + second, endsAt: change + first };
}

/** The minute between two instants at which the offset changes. */
function changeBetween(before: number, after: number, offsetAt: OffsetAt): number {
  const old = offsetAt(before);
  let low = Math.floor(before / MINUTE_MS);
  let high = Math.floor(after / MINUTE_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * MINUTE_MS) === old) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}
