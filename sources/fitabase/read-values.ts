import type { SampleColumns } from "../source.ts";
import type { DeviceClock } from "./device-clock.ts";
import type { Kind } from "./kinds.ts";
import type { Row, Unreadable } from "./parse-row.ts";
import { dateOf } from "./wall-time.ts";

/** The registry's rule for one column: stored value = round(value × scale); plausible bounds are inclusive. */
export type CellRule = Readonly<{
  seriesId: number;
  scale: number;
  plausibleMin: number;
  plausibleMax: number;
}>;

/** What a batch of rows holds: how many readings, how many of them zeros that are not stored, what did not fit. */
export type Found<Kept> = Readonly<{
  kept: Kept;
  readings: number;
  zeros: number;
  unreadable: readonly Unreadable[];
}>;

const MINUTE_MS = 60_000;

const isPlausible = (value: number, { plausibleMin, plausibleMax }: CellRule) =>
  value >= plausibleMin && value <= plausibleMax;

/**
 * The samples of these rows, one an instant. The same instant again with the same value is the same reading; with
 * another value, both cannot be true: the second is refused.
 */
export function readSamples(
  kind: Kind,
  rows: readonly Row[],
  rule: CellRule,
  clock: DeviceClock,
): Found<SampleColumns> {
  const samples = new Map<number, number>();
  const unreadable: Unreadable[] = [];
  let zeros = 0;
  let readings = 0;

  function read(row: Row, index: number, value: number): void {
    const filler = kind.zerosAreFiller && value === 0;
    const instant = clock(row.wallMs + index * kind.cellMinutes * MINUTE_MS, filler);
    if (filler) zeros += 1;
    else if (!isPlausible(value, rule)) unreadable.push(implausible(kind, row, index));
    else if (differs(samples, instant, Math.round(value * rule.scale)))
      unreadable.push(conflicting(row));
  }

  for (const row of rows) {
    for (const [index, value] of row.values.entries()) read(row, index, value);
    readings += row.values.length;
  }
  const kept = { times: [...samples.keys()], values: [...samples.values()] };
  return { kept, readings, zeros, unreadable };
}

/** Keeps the value at its instant, unless there is one already; says whether that is another one. */
function differs(samples: Map<number, number>, instant: number, value: number): boolean {
  const before = samples.get(instant);
  if (before === undefined) samples.set(instant, value);
  return before !== undefined && before !== value;
}

/** Daily values, as columns of equal length; no pair of series and day comes twice. */
export type DailyValues = Readonly<{ seriesIds: number[]; days: string[]; values: number[] }>;

/** The daily values of these rows; rules are in the order of the kind's cells. Readings are rows, not values. */
export function readDays(
  kind: Kind,
  rows: readonly Row[],
  rules: readonly CellRule[],
): Found<DailyValues> {
  const seen = new Map<string, string>();
  const kept: DailyValues = { seriesIds: [], days: [], values: [] };
  const unreadable: Unreadable[] = [];
  for (const row of rows) {
    const day = dateOf(row.wallMs);
    const said = row.values.join();
    const before = seen.get(day);
    if (before === undefined) unreadable.push(...readDay(kind, row, rules, kept));
    else if (before !== said) unreadable.push(conflicting(row));
    seen.set(day, before ?? said);
  }
  return { kept, readings: rows.length, zeros: 0, unreadable };
}

/** Appends one day's values to `kept`; answers those that are not plausible. */
function readDay(
  kind: Kind,
  row: Row,
  rules: readonly CellRule[],
  kept: DailyValues,
): Unreadable[] {
  const refused: Unreadable[] = [];
  for (const [index, rule] of rules.entries()) {
    const value = row.values[index] ?? Number.NaN;
    if (isPlausible(value, rule)) {
      kept.seriesIds.push(rule.seriesId);
      kept.days.push(dateOf(row.wallMs));
      kept.values.push(Math.round(value * rule.scale));
    } else refused.push(implausible(kind, row, index));
  }
  return refused;
}

const implausible = (kind: Kind, row: Row, index: number): Unreadable => ({
  line: row.line,
  person: row.person,
  reason: "implausible_value",
  detail: `${kind.cells[index]?.column} is outside the plausible range`,
  // Two cells of one line are two readings: the column tells them apart.
  text: `${kind.cells[index]?.column}: ${row.text}`,
});

/** Another row of the same instant or day said something else. */
export const conflicting = (row: Row): Unreadable => ({
  line: row.line,
  person: row.person,
  reason: "duplicate_conflict",
  detail: "another line says something else of the same time",
  text: row.text,
});
