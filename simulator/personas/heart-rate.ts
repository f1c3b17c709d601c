import type { Interval } from "../intervals.ts";
import { overlapping } from "../intervals.ts";
import type { SampleSeries, VisitSample } from "../participant.ts";
import { mix, unit } from "../random.ts";
import { HOUR, MINUTE, SECOND } from "../time.ts";
import type { Zone } from "../zone.ts";
import type { Life } from "./life.ts";
import { createSyncedSeries } from "./synced-series.ts";

/** A share of worn minutes has no value: the sensor lost contact. */
const LOST_CONTACT = 0.015;
/** A real device shows exactly 70 after many a long gap; that is its default, not a measurement. */
const DEFAULT_BPM = 70;
const DEFAULT_SHARE = 0.37;
const WALK_OFF = 6 * MINUTE;

/**
 * Heart rate as a function of (key, instant): a minute's samples, one every 2–5 s, come from a sequence
 * seeded by that minute alone, so that any window costs only itself and nothing need be kept.
 */
export function createHeartRate(
  key: number,
  zone: Zone,
  lifeUntil: (until: number) => Life,
): SampleSeries {
  const level = createLevel(key, zone, lifeUntil);
  return createSyncedSeries(lifeUntil, (worn, { from, to }, visit) => {
    for (const stretch of overlapping(worn, from, to))
      visitStretch(key, level, stretch, { from, to }, visit);
  });
}

type Level = (at: number) => number;

function visitStretch(
  key: number,
  level: Level,
  stretch: Interval,
  { from, to }: Interval,
  visit: VisitSample,
): void {
  const low = Math.max(from, stretch.from);
  const high = Math.min(to, stretch.to);
  const start = Math.floor(low / MINUTE);
  const begins = start === Math.floor(stretch.from / MINUTE);
  let fresh = begins && unit(mix(key, 41), Math.floor(stretch.from / SECOND)) < DEFAULT_SHARE;
  let base = level(start * MINUTE);
  for (let minute = start; minute * MINUTE < high; minute++) {
    const next = level((minute + 1) * MINUTE);
    visitMinute(key, minute, base, next, (at, value) => {
      if (at < stretch.from) return;
      const shown = fresh ? DEFAULT_BPM : value;
      fresh = false;
      if (at >= low && at < high) visit(at, shown);
    });
    fresh = false;
    base = next;
  }
}

function visitMinute(
  key: number,
  minute: number,
  base: number,
  next: number,
  visit: VisitSample,
): void {
  let draw = mix(mix(key, 42), minute);
  if (draw < LOST_CONTACT * 4_294_967_296) return;
  const start = minute * MINUTE;
  for (let second = draw % 3; second < 60; second += 2 + (draw % 4)) {
    draw = mix(draw, second);
    const noise = ((draw >>> 8) % 5) - 2;
    const value = Math.round(base + ((next - base) * second) / 60) + noise;
    visit(start + second * SECOND, Math.min(205, Math.max(38, value)));
  }
}

/** The smooth part: resting level, day curve, sleep, activity and slow wandering. */
function createLevel(key: number, zone: Zone, lifeUntil: (until: number) => Life): Level {
  const resting = 52 + unit(key, 43) * 18;
  return (at) => {
    const life = lifeUntil(at);
    const asleep = overlapping(life.asleep, at, at + 1).length > 0;
    const hour = ((at + zone.offsetSeconds(at) * SECOND) / HOUR) % 24;
    const curve = asleep ? -3 : 11 + 5 * Math.cos(((hour - 16) / 12) * Math.PI);
    const wander = 5 * wave(key, 44, at, 7) + 4 * wave(key, 45, at, 45);
    return resting + curve + (asleep ? wander / 3 : wander) + effort(life, at);
  };
}

/** Rises within four minutes of a bout's start and fades after its end. */
function effort({ bouts }: Life, at: number): number {
  let most = 0;
  for (const { from, to, risesBy } of overlapping(bouts, at - WALK_OFF, at + 1)) {
    const risen = Math.min(1, (Math.min(at, to) - from) / (4 * MINUTE));
    const faded = at > to ? 1 - (at - to) / WALK_OFF : 1;
    most = Math.max(most, risesBy * risen * faded);
  }
  return most;
}

/** Noise of −1 … 1 that wanders from knot to knot of so many minutes. */
function wave(key: number, purpose: number, at: number, minutes: number): number {
  const position = at / (minutes * MINUTE);
  const knot = Math.floor(position);
  const own = mix(key, purpose);
  const before = unit(own, knot) * 2 - 1;
  const after = unit(own, knot + 1) * 2 - 1;
  return before + (after - before) * (position - knot);
}
