import type { Kind } from "./kinds.ts";
import type { Row, Unreadable } from "./parse-row.ts";
import { isRow, readRows } from "./read-rows.ts";

/**
 * Lines that follow each other in a file: its rows, of however many participants, and the unreadable ones among
 * them. `lastLine` is where a reader that was stopped goes on behind.
 */
export type Batch = Readonly<{
  firstLine: number;
  lastLine: number;
  rows: readonly Row[];
  unreadable: readonly Unreadable[];
}>;

type Draft = { firstLine: number; lastLine: number; rows: Row[]; unreadable: Unreadable[] };

/** Reads a file of this kind from its beginning. The same file always gives the same batches. */
export async function* readBatches(
  path: string,
  kind: Kind,
  latestMs: number,
): AsyncGenerator<Batch, void, void> {
  let draft = emptyFrom(2);
  for await (const reads of readRows(path, kind, latestMs)) {
    for (const read of reads) {
      if (sizeOf(draft) >= kind.batchLines) {
        yield draft;
        draft = emptyFrom(read.line);
      }
      add(draft, read);
    }
  }
  if (sizeOf(draft) > 0) yield draft;
}

const sizeOf = ({ rows, unreadable }: Draft) => rows.length + unreadable.length;

function add(draft: Draft, read: Row | Unreadable): void {
  draft.lastLine = read.line;
  if (isRow(read)) draft.rows.push(read);
  else draft.unreadable.push(read);
}

const emptyFrom = (line: number): Draft => ({
  firstLine: line,
  lastLine: line,
  rows: [],
  unreadable: [],
});
