import { readConfig } from "../config.ts";
import { migrate } from "../sql/migrate.ts";
import { createClient } from "../sql/pool.ts";
import { letLogIn } from "../sql/role-logins.ts";

/**
 * Brings DATABASE_OWNER_URL (or DATABASE_URL) to the newest migration and says which ones it applied. With APP_PASSWORD
 * or GRAFANA_PASSWORD the roles may log in by them from then on.
 */
const config = readConfig();
const url = config.DATABASE_OWNER_URL ?? config.DATABASE_URL;
if (url === undefined) throw new Error("Set DATABASE_URL to the database to migrate");

const client = createClient(url, "wearflow-migrate");
await client.connect();
try {
  const applied = await migrate(client);
  console.log(applied.length === 0 ? "database is up to date" : `applied ${applied.join(", ")}`);
  if (config.APP_PASSWORD) await letLogIn(client, "wearflow_app", config.APP_PASSWORD);
  if (config.GRAFANA_PASSWORD) await letLogIn(client, "grafana_reader", config.GRAFANA_PASSWORD);
} finally {
  await client.end();
}
