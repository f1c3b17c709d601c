import {
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

type SurveyedArchive = Awaited<ReturnType<Activities["surveyArchive"]>>;
type FileImport = Awaited<ReturnType<Activities["importFile"]>>;

/** The folder is a path on the worker's machine. A wall time without a zone is read in `timeZone` (IANA). */
export type ImportArchive = Readonly<{ study: string; folder: string; timeZone: string }>;

export type ImportedFile = Readonly<{ name: string; kind: string }> &
  Pick<FileImport, "counts" | "listed">;

/** How far an import is; counts only. */
export type ImportProgress = Readonly<{
  step: "looking through the files" | "enrolling" | "storing" | "settling the ledger" | "done";
  file: string | null;
  filesDone: number;
  files: number;
  /** Data lines of the files done, and of all files. */
  linesDone: number;
  lines: number;
}>;

/** What an import did; counts, ids and fixed words only. */
export type ImportResult = Readonly<{
  files: readonly ImportedFile[];
  notRead: readonly string[];
  participants: number;
  enrolled: number;
  /** Enrolled by an earlier import; their first or last day has moved outwards now. */
  widened: number;
  leftOut: readonly string[];
  days: number;
}>;

export const importProgress = defineQuery<ImportProgress>("progress");

/** Reading and storing a large file takes long; a heartbeat tells a dead worker from a busy one. */
const working = proxyActivities<Activities>({
  startToCloseTimeout: "6 hours",
  heartbeatTimeout: "10 seconds",
  retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "1 minute" },
});

/** Participants settled by one activity. */
const PEOPLE_AT_ONCE = 25;

/**
 * Imports a folder of Fitabase files: look through → enrol → store file by file, in order of their names → settle.
 * Where two files tell of the same instant, the later one holds. The same folder again changes nothing.
 */
export async function importArchive(input: ImportArchive): Promise<ImportResult> {
  const { study, folder, timeZone } = input;
  const began = workflowInfo().startTime.toISOString();
  let progress: ImportProgress = {
    step: "looking through the files",
    file: null,
    filesDone: 0,
    files: 0,
    linesDone: 0,
    lines: 0,
  };
  const tell = (next: Partial<ImportProgress>) => {
    progress = { ...progress, ...next };
    setCurrentDetails(inWords(progress));
  };
  setHandler(importProgress, () => progress);
  tell({});
  const archive = await working.surveyArchive({ folder });
  tell({ step: "enrolling", files: archive.files.length, lines: linesOf(archive.files) });
  const { enrolled, widened, leftOut } = await working.enrolExportedPeople({
    study,
    timeZone,
    people: archive.people,
  });
  const files = await storeFiles(input, archive, tell);
  tell({ step: "settling the ledger", file: null });
  const days = await settle(archive, began);
  tell({ step: "done" });
  const { notRead, people } = archive;
  return { files, notRead, participants: people.length, enrolled, widened, leftOut, days };
}

async function storeFiles(
  { folder, study }: ImportArchive,
  archive: SurveyedArchive,
  tell: (next: Partial<ImportProgress>) => void,
): Promise<ImportedFile[]> {
  const files: ImportedFile[] = [];
  let linesDone = 0;
  for (const file of archive.files) {
    tell({ step: "storing", file: file.name });
    const summary = `${file.name}: ${file.lines} lines`;
    const { counts, listed } = await working.importFile.executeWithOptions({ summary }, [
      { folder, file, study },
    ]);
    files.push({ name: file.name, kind: file.kind, counts, listed });
    linesDone += file.lines;
    tell({ filesDone: files.length, linesDone });
  }
  return files;
}

async function settle({ people }: SurveyedArchive, began: string): Promise<number> {
  let settled = 0;
  for (let from = 0; from < people.length; from += PEOPLE_AT_ONCE) {
    const some = people.slice(from, from + PEOPLE_AT_ONCE);
    settled += (await working.settleImported({ people: some, began })).days;
  }
  return settled;
}

const linesOf = (files: SurveyedArchive["files"]) =>
  files.reduce((sum, { lines }) => sum + lines, 0);

function inWords({ step, file, filesDone, files, linesDone, lines }: ImportProgress): string {
  const now = file === null ? step : `${step} ${file}`;
  return `${now}: ${filesDone} of ${files} files, ${linesDone} of ${lines} lines.`;
}
