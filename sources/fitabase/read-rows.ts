import type { Kind } from "./kinds.ts";
import type { Row, Unreadable } from "./parse-row.ts";
import { createRowParser } from "./parse-row.ts";
import { readLines } from "./read-lines.ts";

/** What a line is: a row, or the reason why it is none. */
type Read = Row | Unreadable;

export const isRow = (read: Read): read is Row => !("reason" in read);

/** Reads the lines of a file of this kind in their order, some thousand at a time; empty lines are nothing. */
export async function* readRows(
  path: string,
  kind: Kind,
  latestMs: number,
): AsyncGenerator<readonly Read[]> {
  let parse: ReturnType<typeof createRowParser> | null = null;
  let brokenAt: number | null = null;
  const noteBreak = (line: number) => {
    brokenAt = line;
  };
  for await (const { first, texts } of readLines(path, noteBreak)) {
    parse ??= createRowParser(kind, texts[0] ?? "", latestMs);
    const reads: Read[] = [];
    for (const [index, text] of texts.entries()) {
      const line = first + index;
      // The first line is the header.
      if (line > 1 && text !== "") reads.push(parse(line, text));
    }
    yield reads;
  }
  if (brokenAt !== null) yield [brokenOff(brokenAt)];
}

const brokenOff = (line: number): Unreadable => ({
  line,
  person: null,
  reason: "unparseable_point",
  detail: "the file breaks off here; what follows is missing",
  text: "",
});
