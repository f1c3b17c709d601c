import type { DeviceReading } from "./facts.ts";
import { firstWhere, HOUR_MS, MINUTE_MS } from "./timeline.ts";

/** A charger holds a tracker for an hour or two; a longer absence is no charging, even where it was charged in it. */
const LONGEST_CHARGE_MS = 3 * HOUR_MS;
/** A level this low (percent) before a silence in which the battery was charged at the end is an empty battery. */
const NEARLY_EMPTY_PERCENT = 10;
/** No tracker loses less in an hour (percent): 0.25 is sixteen days. A level above that line was charged. */
const SLOWEST_DRAIN_PERCENT_PER_HOUR = 0.25;
/** Over shorter times rounding hides what was lost. */
const DRAIN_SEEN_AFTER_MS = 12 * HOUR_MS;
/** A sync may report a level from a little before the watch came off. */
const SLACK_MS = 10 * MINUTE_MS;

/** An absence from the wrist in instants, half-open. */
export type Absence = Readonly<{ fromMs: number; toMs: number }>;

/** Between two readings of one device: the battery's levels (percent) at both. */
type Interval = Absence & Readonly<{ before: number; after: number }>;

/** What the battery says of an absence; null where it says nothing. */
export type BatteryEvidence = Readonly<{
  cause: "charging" | "battery_empty";
  beforePercent: number;
  afterPercent: number;
}>;

/**
 * For each absence (disjoint, oldest first) what the battery's levels at the syncs around it prove. A charge between two
 * syncs belongs to the longest absence of charging length between them, one a day at most: which of several it was,
 * nobody knows. `unknown` where a charger may have held the tracker and no level tells: before the first reading of all,
 * and where settings are withheld.
 */
export function batteryEvidence(
  absences: readonly Absence[],
  readings: readonly DeviceReading[],
): readonly (BatteryEvidence | "unknown" | null)[] {
  const intervals = intervalsOf(readings);
  const found: (BatteryEvidence | "unknown" | null)[] = absences.map((absence) =>
    mayBeCharge(absence) && !intervals.some((told) => overlap(absence, told)) ? "unknown" : null,
  );
  const charges = intervals.filter(isCharge);
  for (const charge of charges) {
    for (const index of chargedIn(absences, charge))
      found[index] = {
        cause: "charging",
        beforePercent: charge.before,
        afterPercent: charge.after,
      };
  }
  for (const [index, absence] of absences.entries()) {
    const empty = emptyIn(absence, readings, charges);
    if (empty !== null) found[index] = empty;
  }
  return found;
}

/** The times between two readings of one device that both tell a level. */
function intervalsOf(readings: readonly DeviceReading[]): Interval[] {
  const byDevice = Map.groupBy(readings, ({ device }) => device);
  return [...byDevice.values()].flatMap((own) =>
    own.flatMap((reading, index) => intervalBetween(own[index - 1], reading) ?? []),
  );
}

function intervalBetween(
  before: DeviceReading | undefined,
  { syncMs, batteryPercent }: DeviceReading,
): Interval | null {
  const level = before?.batteryPercent ?? null;
  if (before === undefined || level === null || batteryPercent === null) return null;
  return { fromMs: before.syncMs, toMs: syncMs, before: level, after: batteryPercent };
}

function isCharge({ fromMs, toMs, before, after }: Interval): boolean {
  const passedMs = toMs - fromMs;
  return after > before - (passedMs < DRAIN_SEEN_AFTER_MS ? 0 : lossOver(passedMs));
}

function overlap(one: Absence, other: Absence): boolean {
  return one.fromMs < other.toMs && one.toMs > other.fromMs;
}

function mayBeCharge({ fromMs, toMs }: Absence): boolean {
  return toMs - fromMs <= LONGEST_CHARGE_MS;
}

function lossOver(passedMs: number): number {
  return (passedMs / HOUR_MS) * SLOWEST_DRAIN_PERCENT_PER_HOUR;
}

/** The absences a charge belongs to: the longest that a charger explains, as many as days may hold. */
function chargedIn(absences: readonly Absence[], charge: Interval): readonly number[] {
  const most = Math.ceil((charge.toMs - charge.fromMs) / (24 * HOUR_MS));
  const first = firstWhere(absences.length, (i) => (absences[i]?.toMs ?? 0) > charge.fromMs);
  const end = firstWhere(absences.length, (i) => (absences[i]?.fromMs ?? 0) >= charge.toMs);
  return absences
    .slice(first, end)
    .map((absence, i) => ({ absence, index: first + i }))
    .filter(({ absence }) => mayBeCharge(absence))
    .sort((a, b) => lengthOf(b.absence) - lengthOf(a.absence))
    .slice(0, most)
    .map(({ index }) => index);
}

function lengthOf({ fromMs, toMs }: Absence): number {
  return toMs - fromMs;
}

/** Low before, silent for most of it, charged by its end. */
function emptyIn(
  { fromMs, toMs }: Absence,
  readings: readonly DeviceReading[],
  charges: readonly Interval[],
): BatteryEvidence | null {
  const before = readings.findLast(({ syncMs }) => syncMs <= fromMs + SLACK_MS);
  const { batteryPercent: low = null } = before ?? {};
  if (before === undefined || low === null || low > NEARLY_EMPTY_PERCENT) return null;
  const charge = charges.find((each) => each.fromMs === before.syncMs);
  if (charge === undefined || charge.toMs - fromMs < (toMs - fromMs) / 2) return null;
  return { cause: "battery_empty", beforePercent: low, afterPercent: charge.after };
}
