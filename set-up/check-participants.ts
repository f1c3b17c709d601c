import { readKnown } from "../sql/enrolment.ts";
import type { Queryable } from "../sql/pool.ts";
import { findSetUp } from "../sql/study-changes.ts";
import type { Judged } from "./judge-participants.ts";
import { judgeParticipants } from "./judge-participants.ts";
import type { ParticipantText } from "./participant-file.ts";
import { readParticipantFile } from "./participant-file.ts";

/** Judges rows by what the database knows now; throws a Refusal where there is no such study. */
export async function checkParticipants(
  db: Queryable,
  { study, rows, now }: Readonly<{ study: string; rows: readonly ParticipantText[]; now: Date }>,
): Promise<Judged> {
  const { sites, arms } = await findSetUp(db, study);
  const known = await readKnown(db, {
    shortIds: rows.map(({ id }) => id),
    timeZones: [...new Set(rows.map((row) => row.time_zone))],
  });
  const today = now.toISOString().slice(0, 10);
  return judgeParticipants(rows, { study, sites, arms, today, ...known });
}

/** The dry run of a file: who would be enrolled, who is already, and everything that is wrong, line by line. */
export async function checkFile(
  db: Queryable,
  { study, text, now }: Readonly<{ study: string; text: string | null; now: Date }>,
): Promise<Judged> {
  const file = readParticipantFile(text);
  const judged = await checkParticipants(db, { study, rows: file.rows, now });
  const problems = [...file.problems, ...judged.problems].sort((a, b) => a.line - b.line);
  return { ...judged, problems };
}
