import type { NightMinutes } from "../sources/fitabase/nights.ts";
import { joinNights, readNights, toMinutes, toStretches } from "../sources/fitabase/nights.ts";
import type { Row } from "../sources/fitabase/parse-row.ts";
import type { DailyValues, Found } from "../sources/fitabase/read-values.ts";
import { readDays, readSamples } from "../sources/fitabase/read-values.ts";
import type { Provenance, SampleColumns, Stage } from "../sources/source.ts";
import { storeDailyValues } from "../sql/daily-values.ts";
import type { Queryable } from "../sql/pool.ts";
import { noteFetches } from "../sql/quarantine.ts";
import { storePage } from "../sql/samples.ts";
import type { SessionOwner, SleepSession } from "../sql/sessions.ts";
import { readStages, storeSleepSessions } from "../sql/sessions.ts";
import type { ImportCounts } from "./import-counts.ts";
import type { FileReading } from "./import-file.ts";
import type { Person } from "./import-people.ts";

/** What a batch holds of one participant, read as its kind is stored: exactly one of the three. */
export type Piece = Readonly<{ person: Person; rows: readonly Row[]; found: FoundRows }>;

type FoundRows = Omit<Found<unknown>, "kept"> &
  Readonly<
    | { holds: "samples"; kept: SampleColumns }
    | { holds: "nights"; kept: Map<string, NightMinutes> }
    | { holds: "days"; kept: DailyValues }
  >;

type Changed = Readonly<{ inserted: number; updated: number }>;

/** Longest sleep a row of study.session can tell, in minutes; a log id used for longer is kept and counted so far. */
const MOST_MINUTES = 3_000;

/** Reads rows of one participant by their clock, which must see every row of the file in its order. */
export function readPiece(
  { kind, rules }: FileReading,
  rows: readonly Row[],
  person: Person,
): Piece {
  const { clock } = person;
  const [rule] = rules;
  if (rule === undefined) throw new Error(`Nothing to read in ${kind.name}`);
  const piece = { person, rows };
  if (kind.holds === "days")
    return { ...piece, found: { holds: "days", ...readDays(kind, rows, rules) } };
  if (kind.holds === "nights")
    return { ...piece, found: { holds: "nights", ...readNights(rows, clock) } };
  return { ...piece, found: { holds: "samples", ...readSamples(kind, rows, rule, clock) } };
}

/** Stores what a piece holds, with where it came from. The same piece again changes nothing. */
export async function storePiece(
  db: Queryable,
  reading: FileReading,
  piece: Piece,
): Promise<Partial<ImportCounts>> {
  const { readings, zeros, unreadable } = piece.found;
  const { inserted, updated } = await storeFound(db, reading, piece);
  const refused = unreadable.filter((one) => refusesReading(piece, one.reason)).length;
  const unchanged = Math.max(0, readings - zeros - refused - inserted - updated);
  return { readings, zeros, inserted, updated, unchanged };
}

/** A day is one reading of several values: an implausible one among them leaves the others. */
const refusesReading = ({ found }: Piece, reason: string): boolean =>
  found.holds !== "days" || reason === "duplicate_conflict";

async function storeFound(
  db: Queryable,
  reading: FileReading,
  { person, rows, found }: Piece,
): Promise<Changed> {
  const { seenAt, runId, rules } = reading;
  const owner = { participantId: person.id, seriesId: rules[0]?.seriesId ?? 0 };
  const lines = linesOf(rows);
  const toldBefore = reading.storedBefore.has(`${person.id} ${lines}`);
  const provenance = provenanceOf(reading, rows, lines);
  if (found.holds === "samples") {
    const page = { samples: found.kept, rejected: [], provenance };
    return storePage(db, { ...owner, workflowRunId: runId }, page, toldBefore);
  }
  const telling = { seenAt, toldBefore, workflowRunId: runId };
  const changed =
    found.holds === "days"
      ? await storeDailyValues(db, person.id, found.kept, telling)
      : await storeNights(db, owner, found.kept, telling);
  await noteFetches(db, person.id, runId, [provenance]);
  return changed;
}

/**
 * Joins nights with what is stored of them: two exports may each hold a piece of one, which is no revision, as another
 * stage of a minute is. Counts minutes.
 */
async function storeNights(
  db: Queryable,
  owner: SessionOwner,
  nights: ReadonlyMap<string, NightMinutes>,
  {
    seenAt,
    toldBefore,
    workflowRunId,
  }: Readonly<{ seenAt: Date; toldBefore: boolean; workflowRunId: string }>,
): Promise<Changed> {
  const stored = await readStages(db, owner, [...nights.keys()]);
  const changed: SleepSession[] = [];
  const revised: string[] = [];
  const counts = { inserted: 0, updated: 0 };
  for (const [providerSessionId, told] of nights) {
    const before = toMinutes<Stage>(stored.get(providerSessionId) ?? []);
    const { minutes, inserted, updated } = joinNights<Stage>(before, told, toldBefore);
    if (inserted + updated === 0) continue;
    counts.inserted += inserted;
    counts.updated += updated;
    if (updated > 0) revised.push(providerSessionId);
    changed.push(toSession(providerSessionId, minutes));
  }
  await storeSleepSessions(db, owner, changed, seenAt, { of: revised, workflowRunId });
  return counts;
}

function toSession(providerSessionId: string, minutes: NightMinutes<Stage>): SleepSession {
  const asleep = [...minutes.values()].filter((stage) => stage === "asleep").length;
  return {
    providerSessionId,
    stages: toStretches(minutes),
    minutesAsleep: Math.min(MOST_MINUTES, asleep),
    minutesInBed: Math.min(MOST_MINUTES, minutes.size),
  };
}

const linesOf = (rows: readonly Row[]) => `L${rows[0]?.line}-L${rows.at(-1)?.line}`;

/** The file's name and lines, without directories; status 0 because nobody answered. */
function provenanceOf(
  { file, seenAt }: FileReading,
  rows: readonly Row[],
  lines: string,
): Provenance {
  return {
    method: "FILE",
    url: `file:///${encodeURIComponent(file.name)}#${lines}`,
    requestedWindow: null,
    fetchedAt: seenAt,
    status: 0,
    sha256: file.sha256,
    bytes: rows.reduce((sum, { text }) => sum + text.length + 1, 0),
    durationMs: 0,
  };
}
