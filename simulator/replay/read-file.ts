import { once } from "node:events";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { PassThrough } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Row } from "./parse-row.ts";
import { parseRow } from "./parse-row.ts";
import type { UnreadableLines } from "./report.ts";

const HEADER = "Id,Time,Value";
const WRONG_HEADER = `the header is not ${HEADER}; the file was not read`;

/**
 * Streams one CSV file, gzipped or not, row by row. A line that is no row is listed and passed over; a file
 * that breaks off (a cut download) keeps the rows before the break and is listed too.
 */
export async function readHeartRateFile(
  path: string,
  visit: (row: Row) => void,
  unreadable: UnreadableLines,
): Promise<void> {
  const file = basename(path);
  const { input, failure } = openText(path);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  let headed = true;
  // Events, not the async iterator, which doubles the time of a million lines.
  lines.on("line", (raw) => {
    line++;
    if (!headed) return;
    const row = readLine(line, line === 1 ? raw.replace(/^\uFEFF/, "") : raw);
    if (typeof row === "string") unreadable.add({ file, line, reason: row });
    else if (row !== null) visit(row);
    headed = row !== WRONG_HEADER;
  });
  await once(lines, "close");
  const broken = failure();
  if (broken !== null)
    unreadable.add({ file, line: line + 1, reason: `the file breaks off: ${broken}` });
}

/** A row, null where the line holds none by right, or the reason why it is unreadable. */
function readLine(line: number, text: string): Row | string | null {
  if (line === 1) return text === HEADER ? null : WRONG_HEADER;
  return text === "" ? null : parseRow(text);
}

/** The file's text as a stream that ends, rather than fails, where the file breaks off. */
function openText(path: string): Readonly<{ input: Readable; failure: () => string | null }> {
  const input = new PassThrough();
  let failure: string | null = null;
  const breakOff = (error: Error): void => {
    failure = error.message;
    input.end();
  };
  const source = createReadStream(path).on("error", breakOff);
  if (path.endsWith(".gz")) source.pipe(createGunzip()).on("error", breakOff).pipe(input);
  else source.pipe(input);
  return { input, failure: () => failure };
}
