import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, Connection } from "@temporalio/client";
import type pg from "pg";
import { startPart } from "../../bin/start-parts.ts";
import { environmentWith, readConfig } from "../../config.ts";

import { startDatabase } from "../../embedded/database.ts";
import { findFreePort } from "../../embedded/ports.ts";
import { startTemporal } from "../../embedded/temporal.ts";
import { findTemporal } from "../../embedded/temporal-binary.ts";
import { productVariables } from "../../simulator/product-variables.ts";
import { createPool } from "../../sql/pool.ts";
import { SEARCH_ATTRIBUTES } from "../../worker/search-attributes.ts";
import type { Parts } from "./parts.ts";
import { createParts } from "./parts.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

/** A whole installation as `npm start` brings it up, on free ports and in a folder of its own. */
export type Installation = Omit<Parts, "keep" | "say"> &
  Readonly<{
    app: pg.Pool;
    owner: pg.Pool;
    client: Client;
    temporalAddress: string;
    page: string;
    simulator: string;
    /** Where database and Temporal keep their files. */
    folder: string;
    /** Under which grants lie. */
    tokenKey: string;
    /** What nobody outside its processes may read, beside what participants have. */
    secrets: readonly string[];
  }>;

export type InstallationOptions = Readonly<{
  participants: number;
  seed: number;
  /** Done when everybody is enrolled and connected and before the first run can begin. */
  prepare?: (seeded: Pick<Installation, "owner" | "simulator">) => Promise<void>;
}>;

type Variables = Readonly<Record<string, string>>;

/** Brings everything up, with a study of simulated people who have consented and of whom nothing has been read. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), "wearflow-faults-"));
  const parts = createParts();
  const database = await bringUpDatabase(parts, folder);
  const temporal = await bringUpTemporal(parts, folder);
  const simulator = await bringUpSimulator(parts, options);
  const port = await findFreePort();
  const variables = {
    ...variablesOf(simulator, port),
    DATABASE_URL: database.url("wearflow_app"),
    DATABASE_OWNER_URL: database.url("wearflow_owner"),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_URL: temporal.uiAddress,
  };
  const app = createPool(variables.DATABASE_URL, "faults", 2);
  const owner = createPool(variables.DATABASE_OWNER_URL, "faults-owner", 1);
  await seed(variables);
  await options.prepare?.({ owner, simulator });
  for (const name of ["api", "worker"] as const)
    await parts.keep(name, () => startPart(parts, name, [], variables));
  const connection = await Connection.connect({ address: temporal.address });
  return {
    ...parts,
    app,
    owner,
    client: new Client({ connection, namespace: "wearflow" }),
    temporalAddress: temporal.address,
    page: `http://127.0.0.1:${port}`,
    simulator,
    folder,
    tokenKey: variables.TOKEN_KEY,
    secrets: secretsOf(variables),
    async stop() {
      await connection.close();
      await Promise.all([app.end(), owner.end()]);
      await parts.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function secretsOf(variables: Variables): readonly string[] {
  const named = ["TOKEN_KEY", "GOOGLE_CLIENT_SECRET", "GOOGLE_WEBHOOK_SECRET"];
  const passwords = ["DATABASE_URL", "DATABASE_OWNER_URL"].map(
    (name) => new URL(variables[name] ?? "").password,
  );
  return [...named.map((name) => variables[name] ?? ""), ...passwords].filter(Boolean);
}

async function bringUpDatabase({ keep, say }: Parts, folder: string) {
  const port = await findFreePort();
  const dataDir = join(folder, "database");
  return keep("database", () =>
    startDatabase({ dataDir, port, onLine: (line) => say("database", line) }),
  );
}

async function bringUpTemporal({ keep, say }: Parts, folder: string) {
  const { TEMPORAL_CLI_PATH, PATH } = readConfig();
  const projectFolder = join(root, ".wearflow/temporal");
  const { command } = await findTemporal({
    cliPath: TEMPORAL_CLI_PATH,
    path: PATH,
    projectFolder,
  });
  const [port, uiPort] = [await findFreePort(), await findFreePort()];
  return keep("temporal", () =>
    startTemporal({
      command,
      dataFile: join(folder, "temporal.db"),
      namespace: "wearflow",
      searchAttributes: SEARCH_ATTRIBUTES,
      port,
      uiPort,
      onLine: (line) => say("temporal", line),
    }),
  );
}

/** People who were enrolled in the last month; answers the address. */
async function bringUpSimulator(parts: Parts, { participants, seed }: InstallationOptions) {
  const port = await findFreePort();
  const epoch = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);
  const world = ["--participants", String(participants), "--seed", String(seed), "--epoch", epoch];
  const args = ["--port", String(port), ...world];
  await parts.keep("simulator", () => startPart(parts, "simulator", args, {}));
  return `http://127.0.0.1:${port}`;
}

function variablesOf(simulator: string, port: number) {
  return {
    ...productVariables(simulator),
    EMBEDDED: "1",
    TOKEN_KEY: randomBytes(32).toString("hex"),
    HTTP_PORT: String(port),
    LOG_LEVEL: "warn",
  };
}

/** Migrates, enrols and connects. */
async function seed(variables: Variables): Promise<void> {
  const options = { cwd: root, env: environmentWith(variables) };
  await run(process.execPath, ["bin/migrate.ts"], options);
  await run(process.execPath, ["bin/seed-demo.ts"], options);
}
