import type { RejectedReading } from "../source.ts";
import type { Kind } from "./kinds.ts";
import { columnsOf } from "./kinds.ts";
import { parseWallTime } from "./wall-time.ts";

/** One row: wall time as `parseWallTime` gives it, and one number a cell, in units of the metrics. */
export type Row = Readonly<{
  line: number;
  person: string;
  wallMs: number;
  values: readonly number[];
  /** Which night, where the kind has nights. */
  key: string;
  /** The line as it stands in the file. */
  text: string;
}>;

/** A line, or one reading of it, that could not be kept: where it stands, why, and what it said. */
export type Unreadable = Readonly<{
  line: number;
  person: string | null;
  reason: RejectedReading["reason"];
  /** Fixed words, without anything measured. */
  detail: string;
  text: string;
}>;

type Problem = Pick<Unreadable, "reason" | "detail">;

const number = /^-?\d+(?:\.\d+)?(?:E[+-]?\d+)?$/i;
const id = /^\d{1,27}$/;
/** No tracker is older; a mistyped century would otherwise stretch somebody's days over two thousand years. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);

/**
 * A reader of this kind's rows under this header. It answers a row, or why the line is none. `latestMs` is the last
 * wall time that can have been when the file was handed in.
 */
export function createRowParser(
  kind: Kind,
  header: string,
  latestMs: number,
): (line: number, text: string) => Row | Unreadable {
  const names = columnsOf(header);
  const personAt = names.indexOf("Id");
  const timeAt = names.indexOf(kind.time);
  const keyAt = names.indexOf(kind.key ?? "no column");
  const cells = kind.cells.map(({ column, factor = 1 }) => ({ at: names.indexOf(column), factor }));

  function read(columns: readonly string[], person: string): Omit<Row, "line" | "text"> | Problem {
    if (columns.length !== names.length) return misshapen(columns.length, names.length);
    if (!id.test(person)) return noPerson;
    const wallMs = readTime(cellAt(columns, timeAt));
    if (typeof wallMs !== "number") return wallMs;
    const values = readCells(columns);
    if (typeof values === "number") return notANumber(cellAt(names, values));
    return { person, wallMs, values, key: cellAt(columns, keyAt) };
  }

  function readTime(text: string): number | Problem {
    const wallMs = parseWallTime(text);
    if (wallMs === null) return badTime(kind.time);
    return wallMs < EARLIEST_MS || wallMs > latestMs ? impossibleTime(kind.time) : wallMs;
  }

  /** The cells' numbers, or the position of the first that is none. */
  function readCells(columns: readonly string[]): number[] | number {
    const values: number[] = [];
    for (const { at, factor } of cells) {
      const cell = cellAt(columns, at);
      if (!number.test(cell)) return at;
      values.push(Number(cell) * factor);
    }
    return values;
  }

  return (line, text) => {
    const columns = columnsOf(text);
    const person = cellAt(columns, personAt);
    const found = read(columns, person);
    if (!("reason" in found)) return { ...found, line, text };
    return { ...found, line, text, person: id.test(person) ? person : null };
  };
}

const cellAt = (columns: readonly string[], at: number): string => columns[at] ?? "";

const misshapen = (found: number, wanted: number): Problem => ({
  reason: "unparseable_point",
  detail: `${found} columns instead of the header's ${wanted}`,
});

const noPerson: Problem = { reason: "unparseable_point", detail: "the Id is not a number" };

const badTime = (column: string): Problem => ({
  reason: "bad_time",
  detail: `${column} is not M/D/YYYY h:mm:ss AM|PM`,
});

const impossibleTime = (column: string): Problem => ({
  reason: "bad_time",
  detail: `${column} is before 2000 or in the future`,
});

const notANumber = (column: string): Problem => ({
  reason: "not_a_number",
  detail: `${column} is not a number`,
});
