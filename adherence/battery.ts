import type { DeviceReading } from "./facts.ts";
import { HOUR_MS, MINUTE_MS } from "./timeline.ts";

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

/** Between two readings of one device, with the battery higher than without charging it could be. */
type Charge = Absence & Readonly<{ before: number; after: number }>;

/** What the battery says of an absence; null where it says nothing. */
export type BatteryEvidence = Readonly<{
  cause: "charging" | "battery_empty";
  beforePercent: number;
  afterPercent: number;
}>;

/**
 * For each absence (disjoint, oldest first) what the battery's levels at the syncs around it prove. A charge between two
 * syncs belongs to the longest absence of charging length between them, one a day at most: which of several it was,
 * nobody knows.
 */
export function batteryEvidence(
  absences: readonly Absence[],
  readings: readonly DeviceReading[],
): readonly (BatteryEvidence | null)[] {
  const found: (BatteryEvidence | null)[] = absences.map(() => null);
  const charges = chargesOf(readings);
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

function chargesOf(readings: readonly DeviceReading[]): readonly Charge[] {
  const byDevice = Map.groupBy(readings, ({ device }) => device);
  return [...byDevice.values()].flatMap((own) =>
    own.flatMap((reading, index) => chargeBetween(own[index - 1], reading) ?? []),
  );
}

function chargeBetween(before: DeviceReading | undefined, reading: DeviceReading): Charge | null {
  const [from, to] = [before?.batteryPercent ?? null, reading.batteryPercent];
  if (before === undefined || from === null || to === null) return null;
  const passedMs = reading.syncMs - before.syncMs;
  const least = passedMs < DRAIN_SEEN_AFTER_MS ? 0 : lossOver(passedMs);
  const isCharged = to > from - least;
  return isCharged
    ? { fromMs: before.syncMs, toMs: reading.syncMs, before: from, after: to }
    : null;
}

function lossOver(passedMs: number): number {
  return (passedMs / HOUR_MS) * SLOWEST_DRAIN_PERCENT_PER_HOUR;
}

/** The absences a charge belongs to: the longest that a charger explains, as many as days may hold. */
function chargedIn(absences: readonly Absence[], charge: Charge): readonly number[] {
  const most = Math.ceil((charge.toMs - charge.fromMs) / (24 * HOUR_MS));
  const length = (index: number) => {
    const { fromMs = 0, toMs = 0 } = absences[index] ?? {};
    return toMs - fromMs;
  };
  return [...absences.keys()]
    .filter((index) => {
      const { fromMs = 0, toMs = 0 } = absences[index] ?? {};
      const within = fromMs < charge.toMs && toMs > charge.fromMs;
      return within && toMs - fromMs <= LONGEST_CHARGE_MS;
    })
    .sort((a, b) => length(b) - length(a))
    .slice(0, most);
}

/** Low before, silent for most of it, charged by its end. */
function emptyIn(
  { fromMs, toMs }: Absence,
  readings: readonly DeviceReading[],
  charges: readonly Charge[],
): BatteryEvidence | null {
  const before = readings.findLast(({ syncMs }) => syncMs <= fromMs + SLACK_MS);
  const { batteryPercent: low = null } = before ?? {};
  if (before === undefined || low === null || low > NEARLY_EMPTY_PERCENT) return null;
  const charge = charges.find((each) => each.fromMs === before.syncMs);
  if (charge === undefined || charge.toMs - fromMs < (toMs - fromMs) / 2) return null;
  return { cause: "battery_empty", beforePercent: low, afterPercent: charge.after };
}
