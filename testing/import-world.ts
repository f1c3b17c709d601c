import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Enrolled, SurveyedArchive } from "../activities/import.ts";
import { createImportActivities } from "../activities/import.ts";
import type { FileImport } from "../activities/import-counts.ts";
import { ensureStudy } from "../sql/studies.ts";
import type { TestDatabase } from "./database.ts";
import { testDatabase } from "./database.ts";
import { persist } from "./persist.ts";

/** Study and zone that test archives are imported into. */
export const study = "files";
export const timeZone = "America/New_York";

export type Imported = Readonly<{
  archive: SurveyedArchive;
  enrolled: Enrolled | null;
  files: readonly FileImport[];
}>;

/** A database with one study, a folder for archives, and the import's activities without Temporal. */
export type ImportWorld = Readonly<{
  database: TestDatabase;
  activities: ReturnType<typeof createImportActivities>;
  /** Makes a folder of these files, each a list of lines, and returns its path. */
  folderOf(name: string, files: Readonly<Record<string, readonly string[]>>): Promise<string>;
  /** What the workflow does; none of it may fail. */
  importAll(folder: string): Promise<Imported>;
  rowsOf(sql: string, ...values: readonly unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}>;

export async function createImportWorld(): Promise<ImportWorld> {
  const database = await testDatabase();
  const root = await mkdtemp(join(tmpdir(), "wearflow-import-"));
  const log = { error: (fields: object) => assert.fail(JSON.stringify(fields)) };
  const activities = createImportActivities({ db: database.app, clock: () => new Date(), log });
  await ensureStudy(database.app, {
    slug: study,
    name: "Files",
    settings: {},
    by: "a test",
    why: "to test",
  });
  return {
    database,
    activities,
    async folderOf(name, files) {
      const folder = join(root, name);
      await mkdir(folder, { recursive: true });
      for (const [file, lines] of Object.entries(files))
        await writeFile(join(folder, file), `${lines.join("\n")}\n`);
      return folder;
    },
    importAll: (folder) => importAll(activities, folder),
    rowsOf: async (sql, ...values) => (await database.app.query(sql, [...values])).rows,
    async stop() {
      await rm(root, { recursive: true });
      await database.stop();
    },
  };
}

async function importAll(activities: ImportWorld["activities"], folder: string): Promise<Imported> {
  const began = new Date().toISOString();
  const { result: archive } = await persist(activities.surveyArchive, { folder });
  assert.ok(archive);
  const { people } = archive;
  const enrolled = await persist(activities.enrolExportedPeople, { study, timeZone, people });
  assert.deepEqual(enrolled.failures, []);
  const files: FileImport[] = [];
  for (const file of archive.files) {
    const { result, failures } = await persist(activities.importFile, { folder, file, study });
    assert.deepEqual(failures, []);
    assert.ok(result);
    files.push(result);
  }
  await persist(activities.settleImported, { people, began });
  return { archive, files, enrolled: enrolled.result };
}
