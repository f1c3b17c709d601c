import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { environmentWith, readConfig } from "../config.ts";
import type { Child } from "../embedded/child.ts";
import { startChild } from "../embedded/child.ts";
import { lockData } from "../embedded/data-lock.ts";
import { startDatabase } from "../embedded/database.ts";
import { assertPortFree } from "../embedded/ports.ts";
import { startOf } from "../embedded/process-identity.ts";
import { readOrCreateSecret } from "../embedded/secret.ts";
import { createSupervisor } from "../embedded/supervisor.ts";
import { startTemporal } from "../embedded/temporal.ts";
import { findTemporal } from "../embedded/temporal-binary.ts";
import { SEARCH_ATTRIBUTES } from "../worker/search-attributes.ts";

/**
 * npm start: brings up what is not configured elsewhere (database, Temporal, simulator), migrates, starts worker
 * and api, prints the addresses, and takes it all down in order on Ctrl-C.
 *   npm start                                        the demo study
 *   npm start -- --replay ../shared/data/fitabase    real recordings instead of simulated people
 */
const { values, config } = readCommandLine();
const execute = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const dataDir = resolve(config.DATA_DIR, values.replay === undefined ? "." : "replay");
const simulated = config.GOOGLE_CLIENT_ID === undefined;
const began = Date.now();

const say = (name: string, line: string) => console.log(`[${name}] ${line}`);
const notePids = () =>
  writeFileSync(join(dataDir, "processes.json"), JSON.stringify(supervisor.pids()));
const supervisor = createSupervisor(say, (message) => void end(message), notePids);
let ending = false;
/** Whether the folder is ours: until then it may be another npm start's. */
let holding = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end(null));

/** What the simulator says of itself when ready, and what makes it the same world after a restart. */
const SimulatorReady = z.object({
  port: z.number().int(),
  seed: z.number().int(),
  epoch: z.string(),
  shiftWeeks: z.number().int().optional(),
});
const Pids = z.record(z.string(), z.number().int());
type Variables = Readonly<Record<string, string>>;

try {
  await bringUp();
} catch (error) {
  await end(error instanceof Error ? error.message : String(error));
}

function readCommandLine() {
  try {
    const options = { replay: { type: "string" } } as const;
    return { values: parseArgs({ options }).values, config: readConfig() };
  } catch (error) {
    console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    return process.exit(1);
  }
}

async function bringUp(): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockData(join(dataDir, "npm-start"));
  process.on("exit", unlock);
  holding = true;
  await waitForPrevious();
  await refuseBusyPorts();
  const TOKEN_KEY = config.TOKEN_KEY ?? readOrCreateSecret(join(dataDir, "token-key"));
  const [database, temporal, simulator] = await Promise.all([
    bringUpDatabase(),
    bringUpTemporal(),
    bringUpSimulator(),
  ]);
  const variables = { ...database, ...temporal, ...simulator, TOKEN_KEY };
  await runOnce("migrate", ["bin/migrate.ts"], variables);
  if (simulated) await runOnce("seed", ["bin/seed-demo.ts", ...studyOfStart()], variables);
  const start = (name: string) => () => startPart(name, `${name}/main.ts`, [], variables);
  await Promise.all([
    supervisor.keep("api", start("api"), { restart: true }),
    supervisor.keep("worker", start("worker"), { restart: true }),
  ]);
  notePids();
  announce(variables);
}

/** Said before anything is started; the other parts check their own ports. */
async function refuseBusyPorts(): Promise<void> {
  await assertPortFree(config.HTTP_PORT, "the pages", "HTTP_PORT");
  if (simulated) await assertPortFree(config.SIMULATOR_PORT, "the simulator", "SIMULATOR_PORT");
}

/** Parts of an npm start that was killed notice it and end by themselves; they still hold ports until then. */
async function waitForPrevious(): Promise<void> {
  const file = join(dataDir, "processes.json");
  if (!existsSync(file)) return;
  const pids = Object.values(Pids.parse(JSON.parse(readFileSync(file, "utf8"))));
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (!pids.some((pid) => startOf(pid) !== null)) break;
    await wait(100);
  }
  rmSync(file);
}

async function bringUpDatabase(): Promise<Variables> {
  if (config.DATABASE_URL !== undefined) return {};
  say(
    "start",
    "embedded database: for trying out (set DATABASE_URL to a TimescaleDB for a real study)",
  );
  const start = () =>
    startDatabase({
      dataDir: join(dataDir, "database"),
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

async function bringUpTemporal(): Promise<Variables> {
  const uiUrl = config.TEMPORAL_UI_URL;
  if (config.TEMPORAL_ADDRESS !== undefined) return uiUrl ? { TEMPORAL_UI_URL: uiUrl } : {};
  const found = await findTemporal({
    cliPath: config.TEMPORAL_CLI_PATH,
    path: config.PATH,
    projectFolder: resolve(config.DATA_DIR, "temporal"),
    download: downloadTemporal,
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
async function downloadTemporal(): Promise<string> {
  const { TestWorkflowEnvironment } = await import("@temporalio/testing");
  const downloadDir = resolve(config.DATA_DIR, "temporal-download");
  mkdirSync(downloadDir, { recursive: true });
  const executable = { type: "cached-download", downloadDir } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
  const [file] = readdirSync(downloadDir);
  if (file === undefined) throw new Error(`the SDK left nothing in ${downloadDir}`);
  return join(downloadDir, file);
}

/** The simulator keeps nothing; its world is kept in simulator.json. */
async function bringUpSimulator(): Promise<Variables> {
  if (!simulated) return {};
  const kept = join(dataDir, "simulator.json");
  const args = ["--port", String(config.SIMULATOR_PORT)];
  if (values.replay !== undefined) args.push("--replay", resolve(values.replay));
  if (existsSync(kept)) args.push(...sameWorld(kept));
  const simulator = await supervisor.keep(
    "simulator",
    () => startPart("simulator", "simulator/main.ts", args, {}),
    { restart: true },
  );
  const ready = SimulatorReady.parse(simulator.ready);
  writeFileSync(kept, JSON.stringify(ready));
  const url = `http://127.0.0.1:${ready.port}`;
  return {
    SIMULATOR_URL: url,
    GOOGLE_HEALTH_URL: url,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_AUTHORIZE_URL: `${url}/o/oauth2/v2/auth`,
    GOOGLE_REVOKE_URL: `${url}/revoke`,
    GOOGLE_CLIENT_ID: "wearflow-demo",
    GOOGLE_CLIENT_SECRET: "wearflow-demo-secret",
  };
}

function sameWorld(kept: string): string[] {
  const { seed, epoch, shiftWeeks } = SimulatorReady.parse(JSON.parse(readFileSync(kept, "utf8")));
  const shift = shiftWeeks === undefined ? [] : ["--shift-weeks", String(shiftWeeks)];
  return ["--seed", String(seed), "--epoch", epoch, ...shift];
}

function startPart(
  name: string,
  file: string,
  args: string[],
  variables: Variables,
): Promise<Child> {
  return startChild({
    entry: join(root, file),
    args,
    what: `The ${name}`,
    env: environmentWith(variables),
    onLine: (line) => say(name, line),
  });
}

/** The study the simulator's people belong to. */
function studyOfStart(): string[] {
  if (values.replay === undefined) return [];
  return ["--study", "replay", "--name", "Replay (recorded people)"];
}

async function runOnce(name: string, command: string[], variables: Variables): Promise<void> {
  try {
    const options = { cwd: root, env: environmentWith(variables) };
    const { stdout } = await execute(process.execPath, command, options);
    for (const line of stdout.trimEnd().split("\n")) say(name, line);
  } catch (cause) {
    const words =
      cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause);
    throw new Error(`${name} failed: ${words.trim()}`, { cause });
  }
}

function announce(variables: Variables): void {
  const page = `http://${config.HTTP_HOST}:${config.HTTP_PORT}`;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`
Wearflow is up (${seconds} s)
  page          ${page}
  API           ${page}/healthz
  Temporal UI   ${variables["TEMPORAL_UI_URL"] ?? "where your Temporal server has it"}${
    variables["EMBEDDED"] === "1" ? "\n  embedded database: for trying out" : ""
  }
Ctrl-C stops everything in order; npm start goes on where it stopped.
`);
}

async function end(fault: string | null): Promise<void> {
  if (ending) return;
  ending = true;
  if (fault !== null) console.error(`npm start: ${fault}`);
  else console.log("Stopping …");
  await supervisor.stop();
  if (holding) rmSync(join(dataDir, "processes.json"), { force: true });
  process.exit(fault === null ? 0 : 1);
}
