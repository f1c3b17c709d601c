import { readConfig } from "../config.ts";
import { readHeartbeat } from "../sql/maintenance.ts";
import { createPool } from "../sql/pool.ts";

/**
 * node bin/is-well.ts api|worker: exits 0 where it is well; docker-compose.yml's health checks. Pages say so
 * themselves; workers by what the database last saw them do, whichever of them it was.
 */
const STALE_MINUTES = 30;
const config = readConfig();
const which = process.argv[2];
const words = which === "worker" ? await askDatabase() : await askPages();
if (words !== "") {
  console.error(words);
  process.exitCode = 1;
}

async function askPages(): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${config.HTTP_PORT}/healthz`);
  return reply.ok ? "" : `the pages answered ${reply.status}: ${await reply.text()}`;
}

async function askDatabase(): Promise<string> {
  if (config.DATABASE_URL === undefined) return "DATABASE_URL is not set";
  const db = createPool(config.DATABASE_URL, "wearflow-is-well", 1, { connectWithinMs: 5000 });
  const minutes = await readHeartbeat(db).finally(() => db.end());
  if (minutes === null) return "no worker has finished a turn of maintenance yet";
  return minutes > STALE_MINUTES ? `no worker has finished a turn for ${minutes} minutes` : "";
}
