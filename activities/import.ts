import { join } from "node:path";
import { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import type { ArchiveFile } from "../sources/fitabase/archive.ts";
import { listArchive } from "../sources/fitabase/archive.ts";
import { KINDS } from "../sources/fitabase/kinds.ts";
import { surveyFile } from "../sources/fitabase/survey.ts";
import { closeImportedDays, listDays, listUnsettledSeries } from "../sql/import-days.ts";
import type { Exported } from "../sql/import-participants.ts";
import {
  enrolExported,
  findImportParticipants,
  widenExported,
} from "../sql/import-participants.ts";
import { announceChange } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { settleDays } from "../sql/settle-days.ts";
import { listStudies } from "../sql/studies.ts";
import type { FailureLog } from "./failure.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { whileBeating } from "./heartbeat.ts";
import type { FileImport } from "./import-counts.ts";
import type { ImportFile } from "./import-file.ts";
import { importOneFile, latestWallTime } from "./import-file.ts";
import { FITABASE, shortIdOf } from "./import-people.ts";
import { judgeParticipant } from "./judge-participant.ts";

export type ImportDeps = Readonly<{ db: Queryable; clock: () => Date; log: FailureLog }>;

/** What an export holds, before any of it is stored. */
export type SurveyedArchive = Readonly<{
  files: readonly SurveyedFile[];
  /** Names of files whose header is none of the kinds that are read. */
  notRead: readonly string[];
  people: readonly Exported[];
}>;

/** A file as it was when the import began, with its data lines. */
export type SurveyedFile = ArchiveFile & Readonly<{ kind: string; lines: number }>;

export type EnrolPeople = Readonly<{
  study: string;
  timeZone: string;
  people: readonly Exported[];
}>;

export type Enrolled = Readonly<{
  enrolled: number;
  /** Enrolled by an import before, whose first or last day has moved outwards. */
  widened: number;
  /** Short ids whose data is left out, because they have withdrawn. */
  leftOut: readonly string[];
}>;

export type SettleImported = Readonly<{ people: readonly Exported[]; began: string }>;

const WHY = "found in a Fitabase export";

export function createImportActivities(deps: ImportDeps) {
  const beating = <Result>(work: (beat: Heartbeat) => Promise<Result>) =>
    whileBeating(deps.log, work, unreadableFile);
  return {
    /** Looks through a folder: its files with kinds and hashes, and who is in them from when to when. */
    surveyArchive: ({ folder }: Readonly<{ folder: string }>): Promise<SurveyedArchive> =>
      beating(() => survey(folder, latestWallTime(deps.clock()))),

    /** Enrols those who are not known yet. Running it again enrols nobody. */
    enrolExportedPeople: (input: EnrolPeople): Promise<Enrolled> =>
      beating(() => enrolPeople(deps, input)),

    /** Stores one file from where an earlier attempt ended; safe to run any number of times. */
    importFile: (input: ImportFile): Promise<FileImport> =>
      beating((beat) => importOneFile(deps, input, beat)),

    /** Brings the ledger of these participants in line with what is stored, and makes their days final. */
    settleImported: (input: SettleImported): Promise<Readonly<{ days: number }>> =>
      beating(() => settle(deps, input)),
  };
}

/** Node's error for a folder or file that cannot be read, in words; trying again would not help. */
function unreadableFile(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOENT" && code !== "EACCES" && code !== "ENOTDIR") return error;
  return ApplicationFailure.nonRetryable(
    `The folder, or a file in it, cannot be read on the worker's machine (${code})`,
    "UnreadableFile",
  );
}

async function survey(folder: string, latestMs: number): Promise<SurveyedArchive> {
  const files: SurveyedFile[] = [];
  const spans: Exported[] = [];
  const listed = await listArchive(folder);
  for (const file of listed) {
    const kind = KINDS.find(({ name }) => name === file.kind);
    if (kind === undefined) continue;
    const { lines, people } = await surveyFile(join(folder, file.name), kind, latestMs);
    files.push({ ...file, kind: kind.name, lines });
    for (const [person, span] of people) spans.push({ shortId: shortIdOf(person), ...span });
  }
  const notRead = listed.filter(({ kind }) => kind === null).map(({ name }) => name);
  return { files, notRead, people: joinSpans(spans) };
}

/** Each participant once, from the first day in any file to the last. */
function joinSpans(spans: readonly Exported[]): Exported[] {
  return [...Map.groupBy(spans, ({ shortId }) => shortId)].map(([shortId, all]) => ({
    shortId,
    firstDay: all.map(({ firstDay }) => firstDay).sort()[0] ?? "",
    lastDay:
      all
        .map(({ lastDay }) => lastDay)
        .sort()
        .at(-1) ?? "",
  }));
}

async function enrolPeople({ db }: ImportDeps, input: EnrolPeople): Promise<Enrolled> {
  const { study, timeZone, people } = input;
  if (!(await listStudies(db)).some(({ slug }) => slug === study)) {
    throw ApplicationFailure.nonRetryable(`There is no study ${study}`, "UnknownStudy");
  }
  const shortIds = people.map(({ shortId }) => shortId);
  const elsewhere = (await findImportParticipants(db, shortIds)).find((one) => one.study !== study);
  if (elsewhere !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `${elsewhere.shortId} is enrolled in another study, ${elsewhere.study}`,
      "OtherStudy",
    );
  }
  const because = { by: workflowId(), why: WHY };
  const enrolled = await enrolExported(db, { study, timeZone, people }, because);
  const widened = await widenExported(db, { study, people }, because);
  const known = await findImportParticipants(db, shortIds);
  const withdrawn = known.filter(({ state }) => state === "withdrawn");
  return { enrolled, widened, leftOut: withdrawn.map(({ shortId }) => shortId) };
}

async function settle(
  { db, clock }: ImportDeps,
  { people, began }: SettleImported,
): Promise<{ days: number }> {
  const shortIds = people.map(({ shortId }) => shortId);
  const found = await findImportParticipants(db, shortIds);
  const known = new Map(found.map((one) => [one.shortId, one]));
  let settled = 0;
  for (const { shortId, firstDay, lastDay } of people) {
    const person = known.get(shortId);
    if (person === undefined) continue;
    const days = await listDays(db, firstDay, lastDay);
    const reading = { began: new Date(began), ended: clock(), syncAt: null };
    const span = { firstDay, lastDay };
    for (const seriesId of await listUnsettledSeries(db, person.id, FITABASE, span)) {
      await settleDays(db, person.id, seriesId, days, reading);
      await closeImportedDays(db, person.id, seriesId);
    }
    await judgeParticipant(db, person.id, { touched: days }, clock());
    settled += days.length;
  }
  await announceChange(db);
  return { days: settled };
}

const workflowId = () => Context.current().info.workflowExecution?.workflowId ?? "import";
