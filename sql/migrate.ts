import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { ClientBase } from "pg";

type Migration = Readonly<{ number: number; name: string; text: string; checksum: string }>;

const FOLDER = new URL("./migrations/", import.meta.url);
/** Serialises migrators on a server. On the embedded database, one session, npm start is the only migrator. */
const LOCK = 7_204_011;

/**
 * Brings the database to the newest migration and returns the names applied. Forward only, run twice = no
 * change. Throws when a file was edited after it was applied, or names the file that failed.
 */
export async function migrate(client: ClientBase): Promise<string[]> {
  await client.query("select pg_advisory_lock($1::bigint)", [LOCK]);
  try {
    await client.query("create schema if not exists migration");
    await client.query(
      `create table if not exists migration.applied (
         number int primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const applied = await readApplied(client);
    const migrations = await readMigrations();
    for (const migration of migrations) refuseIfEdited(migration, applied);
    const pending = migrations.filter(({ number }) => !applied.has(number));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.query("select pg_advisory_unlock($1::bigint)", [LOCK]);
  }
}

/** A short text that changes when any migration does; names the cached template of the tests. */
export async function migrationsFingerprint(): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum);
  return createHash("sha256").update(checksums.join()).digest("hex").slice(0, 16);
}

async function readApplied(client: ClientBase): Promise<Map<number, string>> {
  const { rows } = await client.query<{ number: number; checksum: string }>(
    "select number, checksum from migration.applied",
  );
  return new Map(rows.map((row) => [row.number, row.checksum]));
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  refuseSharedNumbers(names);
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, FOLDER), "utf8");
      const checksum = createHash("sha256").update(text).digest("hex");
      return { number: Number(name.slice(0, 4)), name, text, checksum };
    }),
  );
}

/** Two branches may have taken the same number: only the first of them would ever be applied. */
export function refuseSharedNumbers(names: readonly string[]): void {
  for (const [number, same] of Map.groupBy(names, (name) => name.slice(0, 4)))
    if (same.length > 1)
      throw new Error(
        `sql/migrations has number ${number} more than once: ${same.join(", ")}; give the newer one the next free number`,
      );
}

function refuseIfEdited({ number, name, checksum }: Migration, applied: Map<number, string>): void {
  const recorded = applied.get(number);
  if (recorded !== undefined && recorded !== checksum) {
    throw new Error(
      `sql/migrations/${name} was edited after it was applied; restore it and write a new migration`,
    );
  }
}

async function apply(
  client: ClientBase,
  { number, name, text, checksum }: Migration,
): Promise<void> {
  await client.query("begin");
  try {
    await client.query(
      "insert into migration.applied (number, name, checksum) values ($1::int, $2::text, $3::text)",
      [number, name, checksum],
    );
    await client.query(text);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw new Error(`Migration sql/migrations/${name} failed`, { cause });
  }
}
