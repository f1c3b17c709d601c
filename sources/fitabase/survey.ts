import type { Kind } from "./kinds.ts";
import type { Row } from "./parse-row.ts";
import { isRow, readRows } from "./read-rows.ts";
import { dateOf } from "./wall-time.ts";

/** First and last local date of one participant in a file, and how many lines with anything in them it has. */
export type Survey = Readonly<{
  lines: number;
  people: ReadonlyMap<string, Readonly<{ firstDay: string; lastDay: string }>>;
}>;

type Span = { from: number; to: number };

/** Looks through a file: who is in it, from when to when. Unreadable lines tell nothing here. */
export async function surveyFile(path: string, kind: Kind, latestMs: number): Promise<Survey> {
  const spans = new Map<string, Span>();
  let lines = 0;
  for await (const reads of readRows(path, kind, latestMs)) {
    lines += reads.length;
    for (const read of reads) if (isRow(read)) widen(spans, read);
  }
  const people = [...spans].map(
    ([person, { from, to }]) => [person, { firstDay: dateOf(from), lastDay: dateOf(to) }] as const,
  );
  return { lines, people: new Map(people) };
}

function widen(spans: Map<string, Span>, { person, wallMs }: Row): void {
  const span = spans.get(person);
  if (span === undefined) spans.set(person, { from: wallMs, to: wallMs });
  else if (wallMs < span.from) span.from = wallMs;
  else if (wallMs > span.to) span.to = wallMs;
}
