import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Row } from "./parse-row.ts";
import { readHeartRateFile } from "./read-file.ts";
import type { FileCounts } from "./report.ts";
import { UnreadableLines } from "./report.ts";

/** One row as one number, second × 512 + bpm: sorting the numbers sorts by time and then by value. */
const PACK = 512;

/** One person's rows of all files: sorted, each (time, value) once. Times in seconds of wall time. */
export type PersonRecording = Readonly<{
  person: string;
  rows: number;
  distinct: number;
  wallSeconds: Float64Array;
  bpm: Uint16Array;
}>;

/** The whole folder. */
export type Recording = Readonly<{
  people: readonly PersonRecording[];
  files: readonly FileCounts[];
  unreadable: UnreadableLines;
}>;

/** Reads every heartrate_seconds*.csv(.gz) of a folder; throws where there is none or no row in any. */
export async function readRecording(folder: string): Promise<Recording> {
  const unreadable = new UnreadableLines();
  const rows = new Map<string, GrowingRows>();
  const files: FileCounts[] = [];
  for (const path of await findFiles(folder)) {
    const counts = new FileCounter();
    await readHeartRateFile(
      path,
      (row) => {
        counts.add(row);
        const own = rows.get(row.person) ?? new GrowingRows();
        if (own.length === 0) rows.set(row.person, own);
        own.push(row.wallSeconds * PACK + row.bpm);
      },
      unreadable,
    );
    files.push(counts.result(basename(path)));
  }
  if (rows.size === 0)
    throw new Error(`Not one readable row in the heart-rate files of ${folder}.`);
  const people = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([person, own]) => unpack(person, own.values()));
  return { people, files, unreadable };
}

async function findFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Error(`Cannot read the replay folder ${folder}.`, { cause });
  });
  const found = names.filter((name) => /^heartrate_seconds.*\.csv(\.gz)?$/i.test(name)).sort();
  if (found.length === 0)
    throw new Error(
      `No heartrate_seconds*.csv or .csv.gz in ${folder}: export heart rate by second from Fitabase.`,
    );
  return found.map((name) => join(folder, name));
}

function unpack(person: string, packed: Float64Array): PersonRecording {
  packed.sort();
  const kept = packed.filter((value, i) => i === 0 || value !== packed[i - 1]);
  const wallSeconds = kept.map((value) => Math.floor(value / PACK));
  const bpm = Uint16Array.from(kept, (value) => value % PACK);
  const distinct = wallSeconds.reduce(
    (count, second, i) => count + (i === 0 || second !== wallSeconds[i - 1] ? 1 : 0),
    0,
  );
  return { person, rows: packed.length, distinct, wallSeconds, bpm };
}

/** A typed array that doubles when it is full: a million rows stay a few megabytes. */
class GrowingRows {
  #values = new Float64Array(1 << 14);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  values(): Float64Array {
    return this.#values.slice(0, this.length);
  }
}

/** Counts rows, and minutes with at least one value, of one file. */
class FileCounter {
  readonly #people = new Map<string, { rows: number; minutes: Set<number> }>();

  add({ person, wallSeconds }: Row): void {
    let own = this.#people.get(person);
    if (own === undefined) {
      own = { rows: 0, minutes: new Set() };
      this.#people.set(person, own);
    }
    own.rows++;
    own.minutes.add(Math.floor(wallSeconds / 60));
  }

  result(file: string): FileCounts {
    const people = [...this.#people].map(
      ([person, { rows, minutes }]) => [person, { rows, minutes: minutes.size }] as const,
    );
    const rows = people.reduce((sum, [, own]) => sum + own.rows, 0);
    return { file, rows, people: Object.fromEntries(people) };
  }
}
