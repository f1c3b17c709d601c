import type { Unreadable } from "../sources/fitabase/parse-row.ts";

/** Counts of one file. Every reading is a zero that is not stored, inserted, updated, unchanged, left out or unreadable. */
export type ImportCounts = Readonly<{
  lines: number;
  readings: number;
  zeros: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /** Readings of participants who have withdrawn, or were deleted while the import went on. */
  leftOut: number;
  /** Lines, or single readings of a line, that went to quarantine. */
  unreadable: number;
}>;

/** Where an unreadable line stands and why, in fixed words. */
export type ListedLine = Readonly<{ line: number; why: string }>;

/** How far a file is, kept in the heartbeat so that another attempt goes on behind `line`. */
export type FileImport = Readonly<{
  line: number;
  counts: ImportCounts;
  /** The first unreadable lines. */
  listed: readonly ListedLine[];
}>;

const MOST_LISTED = 10;

const NO_COUNTS: ImportCounts = {
  lines: 0,
  readings: 0,
  zeros: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  leftOut: 0,
  unreadable: 0,
};

export const NOTHING_READ: FileImport = { line: 0, counts: NO_COUNTS, listed: [] };

/** Sums counts; what one does not mention is 0. */
export function sumCounts(counts: readonly Partial<ImportCounts>[]): ImportCounts {
  return counts.reduce<ImportCounts>(
    (sum, more) => ({
      lines: sum.lines + (more.lines ?? 0),
      readings: sum.readings + (more.readings ?? 0),
      zeros: sum.zeros + (more.zeros ?? 0),
      inserted: sum.inserted + (more.inserted ?? 0),
      updated: sum.updated + (more.updated ?? 0),
      unchanged: sum.unchanged + (more.unchanged ?? 0),
      leftOut: sum.leftOut + (more.leftOut ?? 0),
      unreadable: sum.unreadable + (more.unreadable ?? 0),
    }),
    NO_COUNTS,
  );
}

/** The list with these lines behind, as long as it may be. */
export const listLines = (
  listed: readonly ListedLine[],
  unreadable: readonly Unreadable[],
): readonly ListedLine[] =>
  [...listed, ...unreadable.map(({ line, detail }) => ({ line, why: detail }))].slice(
    0,
    MOST_LISTED,
  );
