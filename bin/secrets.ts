import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * npm run secrets -- [--dir secrets]: what docker-compose.yml needs and nobody should think up. A secret that is there
 * stays: another token key would leave nothing that could be opened.
 */
const { values } = parseArgs({ options: { dir: { type: "string", default: "secrets" } } });
const { dir } = values;

const password = () => randomBytes(24).toString("base64url");
const [owner, app, temporal] = [password(), password(), password()];
const url = (role: string, secret: string) =>
  `postgres://${role}:${secret}@database:5432/wearflow?sslmode=disable`;

/** Those of a group belong together: made all, or none where one is there. */
const groups: readonly Readonly<Record<string, string>>[] = [
  { owner_password: owner, owner_url: url("wearflow_owner", owner) },
  { app_password: app, database_url: url("wearflow_app", app) },
  { grafana_database_password: password() },
  { grafana_admin_password: password() },
  { token_key: randomBytes(32).toString("hex") },
  { proxy_cookie_secret: randomBytes(16).toString("hex") },
  {
    "temporal.env": `POSTGRES_PASSWORD=${temporal}\nPOSTGRES_PWD=${temporal}\nSQL_PASSWORD=${temporal}`,
  },
];

// The folder keeps others out; the files must be readable to the containers' own users.
mkdirSync(dir, { recursive: true, mode: 0o700 });
for (const group of groups) {
  const names = Object.keys(group);
  const kept = names.filter((name) => existsSync(join(dir, name)));
  if (kept.length > 0 && kept.length < names.length)
    throw new Error(
      `${dir} has ${kept.join(", ")} without the rest of ${names.join(", ")}: put it back, or take both away`,
    );
  if (kept.length > 0) continue;
  for (const [name, secret] of Object.entries(group))
    writeFileSync(join(dir, name), secret, { mode: 0o644, flag: "wx" });
  console.log(`made ${names.join(", ")}`);
}
console.log(
  `Grafana: sign in as admin with the password in ${join(dir, "grafana_admin_password")}`,
);
console.log(
  `Keep a copy of ${join(dir, "token_key")} apart from the database's: without it nothing sealed can be opened.`,
);
