/** A line, or the rest of a file, that could not be read. */
export type Unreadable = Readonly<{ file: string; line: number; reason: string }>;

/** What one file held. */
export type FileCounts = Readonly<{
  file: string;
  rows: number;
  /** By person: rows, and minutes with at least one value. */
  people: Readonly<Record<string, Readonly<{ rows: number; minutes: number }>>>;
}>;

/** What one person's files held together. */
export type PersonCounts = Readonly<{
  person: string;
  participant: string;
  rows: number;
  /** Distinct instants. */
  distinct: number;
  /** Instants at which the files give two or more different values; all of them are served. */
  contradicting: number;
}>;

/** What reading a recording brought, for people to see. */
export type ReplayReport = Readonly<{
  folder: string;
  shiftWeeks: number;
  files: readonly FileCounts[];
  people: readonly PersonCounts[];
  unreadable: Readonly<{ count: number; first: readonly Unreadable[] }>;
}>;

const LISTED = 20;

/** Counts what could not be read and keeps the first few with their place. */
export class UnreadableLines {
  #count = 0;
  readonly #first: Unreadable[] = [];

  add(unreadable: Unreadable): void {
    this.#count++;
    if (this.#first.length < LISTED) this.#first.push(unreadable);
  }

  summary(): ReplayReport["unreadable"] {
    return { count: this.#count, first: [...this.#first] };
  }
}
