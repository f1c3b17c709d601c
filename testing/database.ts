import { randomUUID } from "node:crypto";
import { cpSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { readTestSurroundings } from "../config.ts";
import { startDatabase } from "../embedded/database.ts";
import type { Role } from "../embedded/passwords.ts";
import { migrate, migrationsFingerprint } from "../sql/migrate.ts";
import { createClient, createPool } from "../sql/pool.ts";

/** A migrated, empty database of a test file's own: as the product sees it and as its owner does. */
export type TestDatabase = Readonly<{
  app: pg.Pool;
  owner: pg.Pool;
  /** The embedded database's process; null where a server of its own is used. */
  pid: number | null;
  url(role: Role): string;
  stop(): Promise<void>;
}>;

const CACHE = fileURLToPath(new URL("../node_modules/.cache/wearflow/", import.meta.url));

/**
 * Starts a test file's database: on DATABASE_URL where it is set (a database of its own there), else a copy of an
 * embedded database that was migrated once. The caller stops it.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { databaseUrl } = readTestSurroundings();
  return databaseUrl === undefined ? embedded() : onServer(databaseUrl);
}

async function embedded(): Promise<TestDatabase> {
  const template = await migratedTemplate();
  const folder = await mkdtemp(join(tmpdir(), "wearflow-test-"));
  // At once: file by file it costs more than twice the processor, for each of seventy test files.
  cpSync(template, folder, { recursive: true });
  const database = await startDatabase({ dataDir: join(folder, "database") });
  const pools = openPools(database.url);
  return {
    ...pools,
    pid: database.pid,
    url: database.url,
    async stop() {
      await Promise.all([pools.app.end(), pools.owner.end()]);
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openPools(url: (role: Role) => string): Pick<TestDatabase, "app" | "owner"> {
  return {
    app: createPool(url("wearflow_app"), "test"),
    owner: createPool(url("wearflow_owner"), "test-owner", 1),
  };
}

/** A stopped, migrated database folder, made once for each state of the migrations and renamed into place. */
async function migratedTemplate(): Promise<string> {
  const template = join(CACHE, `template-${await migrationsFingerprint()}`);
  if (existsSync(template)) return template;
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, "draft-"));
  const database = await startDatabase({ dataDir: join(draft, "database") });
  await migrateAt(database.url("wearflow_owner"));
  await database.stop();
  await rename(draft, template).catch(async (error: unknown) => {
    if (!existsSync(template)) throw error;
    await rm(draft, { recursive: true, force: true });
  });
  return template;
}

async function migrateAt(url: string): Promise<void> {
  const client = createClient(url, "test-migrate");
  await client.connect();
  await migrate(client).finally(() => client.end());
}

async function onServer(serverUrl: string): Promise<TestDatabase> {
  const name = `wearflow_test_${randomUUID().slice(0, 8)}`;
  const admin = createClient(serverUrl, "test-admin");
  await admin.connect();
  await admin.query(`create database ${name}`);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const extension = createClient(address.href, "test-extension");
  await extension.connect();
  await extension
    .query("create extension if not exists timescaledb")
    .finally(() => extension.end());
  await migrateAt(address.href);
  const url = (role: Role) => {
    const asRole = new URL(address);
    if (role !== "wearflow_owner") asRole.searchParams.set("options", `-c role=${role}`);
    return asRole.href;
  };
  const pools = openPools(url);
  return {
    ...pools,
    pid: null,
    url,
    async stop() {
      await Promise.all([pools.app.end(), pools.owner.end()]);
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
