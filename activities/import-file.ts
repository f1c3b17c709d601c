import { join } from "node:path";
import { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { hashFile } from "../sources/fitabase/archive.ts";
import type { Kind } from "../sources/fitabase/kinds.ts";
import { KINDS } from "../sources/fitabase/kinds.ts";
import type { Row, Unreadable } from "../sources/fitabase/parse-row.ts";
import type { Batch } from "../sources/fitabase/read-batches.ts";
import { readBatches } from "../sources/fitabase/read-batches.ts";
import type { CellRule } from "../sources/fitabase/read-values.ts";
import { listStoredPieces } from "../sql/import-provenance.ts";
import { quarantineLines } from "../sql/import-quarantine.ts";
import { readSourceSeries } from "../sql/import-series.ts";
import type { Queryable } from "../sql/pool.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { stopIfAsked } from "./heartbeat.ts";
import type { SurveyedFile } from "./import.ts";
import type { FileImport, ImportCounts } from "./import-counts.ts";
import { listLines, NOTHING_READ, sumCounts } from "./import-counts.ts";
import type { Person } from "./import-people.ts";
import { createPeople, FITABASE } from "./import-people.ts";
import type { Piece } from "./import-piece.ts";
import { readPiece, storePiece } from "./import-piece.ts";

export type ImportFile = Readonly<{ folder: string; file: SurveyedFile; study: string }>;

/** What the reading of one file needs. */
export type FileReading = Readonly<{
  study: string;
  kind: Kind;
  file: SurveyedFile;
  rules: readonly CellRule[];
  /** Participants' ids and lines that were stored from this very content before. */
  storedBefore: ReadonlySet<string>;
  seenAt: Date;
  runId: string;
}>;

const DAY_MS = 86_400_000;

/** The last wall time that can have been by now, in whichever zone. */
export const latestWallTime = (now: Date): number => now.getTime() + DAY_MS;

/**
 * Stores one file batch by batch. Another attempt reads the file from its beginning again, because an instant depends
 * on the rows before it (sources/fitabase/device-clock.ts), and stores only what comes after the last noted line.
 */
export async function importOneFile(
  { db, clock }: Readonly<{ db: Queryable; clock: () => Date }>,
  { folder, file, study }: ImportFile,
  beat: Heartbeat,
): Promise<FileImport> {
  const path = join(folder, file.name);
  const reading = await beginReading(db, file, study, clock());
  await refuseIfChanged(path, file);
  const find = createPeople(db, study);
  const before: FileImport | undefined = Context.current().info.heartbeatDetails;
  let done = before ?? NOTHING_READ;
  const resumeAfter = done.line;
  for await (const batch of readBatches(path, reading.kind, latestWallTime(reading.seenAt))) {
    const people = await find(personsOf(batch));
    const { pieces, leftOut } = readPieces(reading, batch, people);
    if (batch.lastLine <= resumeAfter) continue;
    const unreadable = [
      ...batch.unreadable.filter(({ person }) => !people.get(person ?? "")?.withdrawn),
      ...pieces.flatMap(({ found }) => found.unreadable),
    ];
    await keepUnreadable(db, reading, unreadable, people);
    const counts = await storePieces(db, reading, pieces);
    const lines = batch.rows.length + batch.unreadable.length;
    done = {
      line: batch.lastLine,
      counts: sumCounts([
        done.counts,
        ...counts,
        leftOut,
        { lines, unreadable: unreadable.length },
      ]),
      listed: listLines(done.listed, unreadable),
    };
    beat.note(done);
    await stopIfAsked();
  }
  return done;
}

async function beginReading(
  db: Queryable,
  file: SurveyedFile,
  study: string,
  seenAt: Date,
): Promise<FileReading> {
  const kind = mustKnow(file);
  const stored = await listStoredPieces(db, file.sha256);
  return {
    study,
    kind,
    file,
    rules: await readRules(db, kind),
    storedBefore: new Set(stored.map(({ participantId, lines }) => `${participantId} ${lines}`)),
    seenAt,
    runId: Context.current().info.workflowExecution?.runId ?? "no workflow",
  };
}

function* personsOf({ rows, unreadable }: Batch): Generator<string, void, void> {
  for (const { person } of rows) yield person;
  for (const { person } of unreadable) if (person !== null) yield person;
}

/** The batch by participants. Nothing is read of who has withdrawn or is not there any more; that is counted. */
function readPieces(
  reading: FileReading,
  { rows }: Batch,
  people: ReadonlyMap<string, Person>,
): Readonly<{ pieces: readonly Piece[]; leftOut: Partial<ImportCounts> }> {
  const pieces: Piece[] = [];
  let leftOut = 0;
  for (const [id, theirs] of Map.groupBy(rows, ({ person }) => person)) {
    const person = people.get(id);
    if (person === undefined || person.withdrawn) leftOut += countReadings(reading.kind, theirs);
    else pieces.push(readPiece(reading, theirs, person));
  }
  return { pieces, leftOut: { readings: leftOut, leftOut } };
}

const countReadings = ({ holds, cells }: Kind, rows: readonly Row[]): number =>
  holds === "samples" ? rows.length * cells.length : rows.length;

async function storePieces(
  db: Queryable,
  reading: FileReading,
  pieces: readonly Piece[],
): Promise<Partial<ImportCounts>[]> {
  const counts: Partial<ImportCounts>[] = [];
  for (const piece of pieces) counts.push(await storePiece(db, reading, piece));
  return counts;
}

/** Unreadable lines go to quarantine before their batch is stored: broken off in between, none is missing. */
async function keepUnreadable(
  db: Queryable,
  { study, file, rules, seenAt }: FileReading,
  unreadable: readonly Unreadable[],
  people: ReadonlyMap<string, Person>,
): Promise<void> {
  const seriesId = rules[0]?.seriesId ?? 0;
  const lines = unreadable.map(({ line, person, reason, detail, text }) => {
    const where = `${file.name}:${line}`;
    return {
      participantId: people.get(person ?? "")?.id ?? null,
      seriesId,
      reason,
      detail: `${where}: ${detail}`,
      payload: `${where}: ${text}`,
    };
  });
  await quarantineLines(db, study, lines, seenAt);
}

function mustKnow(file: SurveyedFile): Kind {
  const kind = KINDS.find(({ name }) => name === file.kind);
  if (kind) return kind;
  throw ApplicationFailure.nonRetryable(`No kind of file ${file.kind}`, "UnknownKind");
}

/** A resumed import must read what the first attempt read. */
async function refuseIfChanged(path: string, file: SurveyedFile): Promise<void> {
  if ((await hashFile(path)) === file.sha256) return;
  throw ApplicationFailure.nonRetryable(
    `${file.name} has changed since the import began; start the import again`,
    "ChangedFile",
  );
}

/** The registry's rules in the order of the kind's cells; the sixty columns of an hour share one. */
async function readRules(db: Queryable, kind: Kind): Promise<CellRule[]> {
  const series = await readSourceSeries(db, FITABASE);
  return kind.cells.map(({ metric }) => {
    const found = series.find((one) => one.metric === metric && one.resolution === kind.resolution);
    if (!found) throw new Error(`The registry has no series of ${metric} from ${FITABASE}`);
    return { ...found, seriesId: found.id };
  });
}
