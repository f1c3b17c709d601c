import { CsvError, parse } from "csv-parse/sync";

/** What is wrong in one place of a file, and what to do. Line 0: the file as a whole. */
export type Problem = Readonly<{ line: number; column: string; what: string; todo: string }>;

/** One row as it was written; a column that is absent or empty is the empty text. */
export type ParticipantText = Readonly<Record<Column, string>> & Readonly<{ line: number }>;

export type ParticipantFile = Readonly<{
  rows: readonly ParticipantText[];
  problems: readonly Problem[];
}>;

const REQUIRED = ["id", "time_zone", "enrolled_on"] as const;
const OPTIONAL = ["site", "arm", "state"] as const;
export const COLUMNS = [...REQUIRED, ...OPTIONAL] as const;
export type Column = (typeof COLUMNS)[number];

const MAX_ROWS = 5000;

/**
 * Reads a participant file: a header line, then a line a participant. Commas, semicolons or tabs; LF or CRLF; a
 * byte order mark, quotes and empty lines are fine. A field holds no line break, so a wrong quote spoils its line
 * and not the rest of the file. Everything that does not fit is a problem of its line; no line is given up silently.
 */
export function readParticipantFile(text: string | null): ParticipantFile {
  if (text === null) return refused("it is not UTF-8", "save it as “CSV UTF-8” and try again");
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const headerAt = lines.findIndex((line) => line.trim() !== "");
  const header = lines[headerAt];
  if (header === undefined) return refused("the file is empty", `write ${COLUMNS.join(",")} first`);
  if (lines.length - headerAt > MAX_ROWS + 1) {
    return refused(`the file has over ${MAX_ROWS} lines`, "split it");
  }
  const separator = separatorOf(header);
  const names = (fieldsOf(header, separator) ?? [header]).map(columnName);
  const problems = headerProblems(names, headerAt + 1);
  if (REQUIRED.some((name) => !names.includes(name))) {
    return { rows: [], problems };
  }
  const rows = lines.flatMap((line, index) => {
    if (index <= headerAt || isBlank(line)) return [];
    const fields = fieldsOf(line, separator);
    const problem = lineProblem(fields, names, index + 1);
    if (problem) problems.push(problem);
    return fields && !problem ? [rowOf(fields, names, index + 1)] : [];
  });
  if (rows.length === 0 && problems.length === 0) {
    return refused("there is no participant below the header", "write a line a participant");
  }
  return { rows, problems };
}

/** Bytes as text, or null where they are not UTF-8: a wrong guess would change the names of sites. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function refused(what: string, todo: string): ParticipantFile {
  return { rows: [], problems: [{ line: 0, column: "", what, todo }] };
}

/** A line of nothing but separators, as spreadsheets leave them, is an empty line. */
function isBlank(line: string): boolean {
  return /^[\s,;]*$/.test(line);
}

function separatorOf(header: string): string {
  return [",", ";", "\t"].find((each) => header.includes(each)) ?? ",";
}

/** The fields of one line, or null where its quotes do not close. */
function fieldsOf(line: string, delimiter: string): string[] | null {
  try {
    const [fields = []] = parse(line, { delimiter, trim: true, relax_column_count: true });
    return fields;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

function columnName(written: string): string {
  return written
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
}

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

function headerProblems(names: readonly string[], line: number): Problem[] {
  const missing = REQUIRED.filter((name) => !names.includes(name)).map((column) => ({
    line,
    column,
    what: "the column is missing",
    todo: `the first line must name it: ${COLUMNS.join(",")} (the last three may be left out)`,
  }));
  const wrong = names.flatMap((column, index) => {
    if (!isColumn(column)) {
      const todo = `take it out, values too; the columns are ${COLUMNS.join(", ")}`;
      return [{ line, column, what: "the column is not known", todo }];
    }
    if (names.indexOf(column) === index) return [];
    return [{ line, column, what: "the column is there twice", todo: "take one out" }];
  });
  return [...missing, ...wrong];
}

function lineProblem(
  fields: readonly string[] | null,
  names: readonly string[],
  line: number,
): Problem | null {
  if (fields === null) {
    const todo =
      'a field in quotes ends with a quote on the same line; write "" for a quote inside';
    return { line, column: "", what: "a quote does not close or stands inside a field", todo };
  }
  if (fields.length === names.length) return null;
  return {
    line,
    column: "",
    what: `has ${fields.length} fields, the first line has ${names.length}`,
    todo: "a field with a separator in it needs quotes",
  };
}

function rowOf(fields: readonly string[], names: readonly string[], line: number): ParticipantText {
  const at = (column: Column) => fields[names.indexOf(column)] ?? "";
  return {
    line,
    id: at("id"),
    time_zone: at("time_zone"),
    enrolled_on: at("enrolled_on"),
    site: at("site"),
    arm: at("arm"),
    state: at("state"),
  };
}
