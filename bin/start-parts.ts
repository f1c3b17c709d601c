import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Config } from "../config.ts";
import { addressOf, environmentWith } from "../config.ts";
import type { Child } from "../embedded/child.ts";
import { startChild } from "../embedded/child.ts";
import { startDatabase } from "../embedded/database.ts";
import { replaceFile } from "../embedded/replace-file.ts";
import type { Supervisor } from "../embedded/supervisor.ts";
import { startTemporal } from "../embedded/temporal.ts";
import { findTemporal } from "../embedded/temporal-binary.ts";
import { productVariables } from "../simulator/product-variables.ts";
import { SEARCH_ATTRIBUTES } from "../worker/search-attributes.ts";

/** What every part of an installation is brought up from. */
export type Installation = Readonly<{
  config: Config;
  /** Folder of everything it keeps. */
  dataDir: string;
  supervisor: Supervisor;
  say: (name: string, line: string) => void;
}>;

/** Environment variables, by name, that a part gives to those that need it. */
export type Variables = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * glibc keeps what is freed in the arenas of every thread that allocated: a worker that had read 24 people many times
 * over held 1.4 GB, of which malloc_trim gave 0.9 back. With these it gives back by itself; elsewhere nobody reads them.
 */
const GIVE_MEMORY_BACK = {
  MALLOC_ARENA_MAX: "4",
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

/** What the simulator says of itself when ready, and what makes it the same world after a restart. */
const SimulatorReady = z.object({
  port: z.number().int(),
  seed: z.number().int(),
  epoch: z.string(),
  /** How many simulated people; absent where nobody chose. */
  participants: z.number().int().optional(),
  shiftWeeks: z.number().int().optional(),
});

/** The embedded database; nothing where DATABASE_URL names another. */
export async function bringUpDatabase(installation: Installation): Promise<Variables> {
  const { config, dataDir, supervisor, say } = installation;
  if (config.DATABASE_URL !== undefined) return {};
  say(
    "start",
    "embedded database: for trying out (set DATABASE_URL to a TimescaleDB for a real study)",
  );
  const start = () =>
    startDatabase({
      dataDir: databaseFolder(dataDir),
      port: config.DATABASE_PORT,
      onLine: (line) => say("database", line),
    });
  // A statement can still bring the WASM build down; nothing committed is lost, so it starts again.
  const database = await supervisor.keep("database", start, { restart: true });
  return {
    DATABASE_URL: database.url("wearflow_app"),
    DATABASE_OWNER_URL: database.url("wearflow_owner"),
    EMBEDDED: "1",
  };
}

/** Where the embedded database keeps its cluster. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, "database");
}

/** The embedded Temporal server; nothing but the UI's address where TEMPORAL_ADDRESS names another. */
export async function bringUpTemporal(installation: Installation): Promise<Variables> {
  const { config, dataDir, supervisor, say } = installation;
  const uiUrl = config.TEMPORAL_UI_URL;
  if (config.TEMPORAL_ADDRESS !== undefined) return uiUrl ? { TEMPORAL_UI_URL: uiUrl } : {};
  const found = await findTemporal({
    cliPath: config.TEMPORAL_CLI_PATH,
    path: config.PATH,
    projectFolder: resolve(config.DATA_DIR, "temporal"),
    download: () => downloadTemporal(resolve(config.DATA_DIR, "temporal-download")),
  });
  say("start", `Temporal ${found.version} from ${found.how}`);
  const start = () =>
    startTemporal({
      command: found.command,
      port: config.TEMPORAL_PORT,
      uiPort: config.TEMPORAL_UI_PORT,
      dataFile: join(dataDir, "temporal.db"),
      namespace: config.TEMPORAL_NAMESPACE,
      searchAttributes: SEARCH_ATTRIBUTES,
      onLine: (line) => say("temporal", line),
    });
  const temporal = await supervisor.keep("temporal", start, { restart: true });
  return { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_UI_URL: uiUrl ?? temporal.uiAddress };
}

/** The last way to a Temporal server: the SDK fetches one from its own download host and keeps it here. */
async function downloadTemporal(downloadDir: string): Promise<string> {
  const { TestWorkflowEnvironment } = await import("@temporalio/testing");
  mkdirSync(downloadDir, { recursive: true });
  const executable = { type: "cached-download", downloadDir } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
  const [file] = readdirSync(downloadDir);
  if (file === undefined) throw new Error(`the SDK left nothing in ${downloadDir}`);
  return join(downloadDir, file);
}

/** The simulator in Google's place. It keeps nothing; its world is kept in simulator.json. */
export async function bringUpSimulator(
  installation: Installation,
  replay: string | undefined,
): Promise<Variables> {
  const { config, dataDir, supervisor } = installation;
  const kept = join(dataDir, "simulator.json");
  const args = ["--port", String(config.SIMULATOR_PORT)];
  // Of port 0 nobody knows which it becomes: then everything is read by polling alone.
  if (config.HTTP_PORT !== 0) args.push("--notify", `${addressOf(config)}/webhooks/google-health`);
  if (replay !== undefined) args.push("--replay", resolve(replay));
  const start = async () => {
    // Read at every start: one that died in its first minute must come back as the same world too.
    const world = existsSync(kept) ? sameWorld(kept) : [];
    const child = await startPart(installation, "simulator", [...args, ...world], {});
    replaceFile(kept, JSON.stringify(SimulatorReady.parse(child.ready)));
    return child;
  };
  const simulator = await supervisor.keep("simulator", start, { restart: true });
  const url = `http://127.0.0.1:${SimulatorReady.parse(simulator.ready).port}`;
  return productVariables(url);
}

function sameWorld(kept: string): string[] {
  const read = SimulatorReady.safeParse(parseJson(readFileSync(kept, "utf8")));
  if (!read.success)
    throw new Error(
      `${kept} does not say which simulated world this folder holds: put it back from a copy, or begin anew by deleting the folder it lies in`,
    );
  const { seed, epoch, participants, shiftWeeks } = read.data;
  const people = participants === undefined ? [] : ["--participants", String(participants)];
  const shift = shiftWeeks === undefined ? [] : ["--shift-weeks", String(shiftWeeks)];
  return ["--seed", String(seed), "--epoch", epoch, ...people, ...shift];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Starts one of our own entry points (`api`, `worker`, `simulator`) and waits until it is ready. */
export function startPart(
  { say }: Pick<Installation, "say">,
  name: string,
  args: readonly string[],
  variables: Variables,
): Promise<Child> {
  return startChild({
    entry: join(root, `${name}/main.ts`),
    args,
    what: `The ${name}`,
    env: { ...GIVE_MEMORY_BACK, ...environmentWith(variables) },
    onLine: (line) => say(name, line),
  });
}
