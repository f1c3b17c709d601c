import { KINDS } from "../../sources/fitabase/kinds.ts";
import type { ImportedTotals } from "../../sql/import-days.ts";
import type { ImportedFile, ImportResult } from "../../workflows/import-archive.ts";

const COLUMNS = [
  "lines",
  "readings",
  "zeros",
  "inserted",
  "updated",
  "unchanged",
  "unreadable",
] as const;
type Column = (typeof COLUMNS)[number];

const MOST_LISTED = 20;
const number = (value: number) => value.toLocaleString("en-US");

/** What an import did, for people: a row a kind of file, then what was not read. */
export function describeImport(result: ImportResult, milliseconds: number): string[] {
  const kinds = KINDS.filter(({ name }) => result.files.some(({ kind }) => kind === name));
  const table = [
    ["file", "files", ...COLUMNS],
    ...kinds.map(({ name }) =>
      rowOf(
        name,
        result.files.filter(({ kind }) => kind === name),
      ),
    ),
    rowOf("all", result.files),
  ];
  return [
    ...alignColumns(table),
    ...describeZeros(result),
    describeSpeed(result, milliseconds),
    `${result.participants} participants in the files, ${result.enrolled} of them enrolled now, ${result.widened} with days outside those known before; ${number(result.days)} local days looked at.`,
    ...describeLeftOut(result),
    ...describeUnreadable(result),
  ];
}

/** What a study holds afterwards, whichever import brought it. */
export function describeTotals(study: string, totals: ImportedTotals): string {
  const { participants, heartRateSamples, stepMinutes, steps } = totals;
  const { sleepDays, sleepSessions, activityDays, weights } = totals;
  return `Study ${study} holds from Fitabase files now, of ${participants} participants: ${number(heartRateSamples)} heart-rate samples, ${number(stepMinutes)} minutes with steps (${number(steps)} steps), ${number(sleepDays)} sleep days, ${number(sleepSessions)} sleep sessions by the minute, ${number(activityDays)} activity days, ${number(weights)} weights.`;
}

const sum = (files: readonly ImportedFile[], column: Column) =>
  files.reduce((total, { counts }) => total + counts[column], 0);

function rowOf(name: string, files: readonly ImportedFile[]): string[] {
  return [name, String(files.length), ...COLUMNS.map((column) => number(sum(files, column)))];
}

function alignColumns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, at) =>
    Math.max(...table.map((row) => row[at]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  "),
  );
}

function describeZeros({ files }: ImportResult): string[] {
  const zeros = sum(files, "zeros");
  if (zeros === 0) return [];
  const minutes = sum(
    files.filter(({ kind }) => kind === "minuteStepsWide"),
    "readings",
  );
  return [
    `Of ${number(minutes)} step minutes ${number(zeros)} are 0: exports fill them in, worn or not, so they are read and not stored.`,
  ];
}

function describeSpeed({ files }: ImportResult, milliseconds: number): string {
  const seconds = Math.max(0.1, milliseconds / 1000);
  const perSecond = (column: Column) => number(Math.round(sum(files, column) / seconds));
  return `${seconds.toFixed(1)} s from start to end: ${perSecond("lines")} lines/s, ${perSecond("readings")} readings/s.`;
}

function describeLeftOut({ leftOut, notRead }: ImportResult): string[] {
  return [
    ...(leftOut.length === 0
      ? []
      : [`Left out, because they have withdrawn: ${leftOut.join(", ")}.`]),
    ...(notRead.length === 0
      ? []
      : [`Not read, because the header is of no kind that is read: ${notRead.join(", ")}.`]),
  ];
}

function describeUnreadable({ files }: ImportResult): string[] {
  const unreadable = sum(files, "unreadable");
  if (unreadable === 0) return ["Every line was readable."];
  const listed = files.flatMap(({ name, listed: lines }) =>
    lines.map(({ line, why }) => `  ${name}:${line}: ${why}`),
  );
  return [
    `${number(unreadable)} unreadable; all of them are kept in study.quarantine with file, line and reason. The first:`,
    ...listed.slice(0, MOST_LISTED),
  ];
}
