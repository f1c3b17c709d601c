import { readConfig } from "../config.ts";
import { migrate } from "../sql/migrate.ts";
import { createClient } from "../sql/pool.ts";

/** Brings DATABASE_OWNER_URL (or DATABASE_URL) to the newest migration and says which ones it applied. */
const config = readConfig();
const url = config.DATABASE_OWNER_URL ?? config.DATABASE_URL;
if (url === undefined) throw new Error("Set DATABASE_URL to the database to migrate");

const client = createClient(url, "wearflow-migrate");
await client.connect();
try {
  const applied = await migrate(client);
  console.log(applied.length === 0 ? "database is up to date" : `applied ${applied.join(", ")}`);
} finally {
  await client.end();
}
