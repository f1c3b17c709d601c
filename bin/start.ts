import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { workflowsUrl } from "../api/temporal-links.ts";
import { environmentWith, readConfig } from "../config.ts";
import { lockData } from "../embedded/data-lock.ts";
import { assertPortFree } from "../embedded/ports.ts";
import { startOf } from "../embedded/process-identity.ts";
import { replaceFile } from "../embedded/replace-file.ts";
import { readEarlierSecrets, readOrCreateSecret } from "../embedded/secret.ts";
import { createSupervisor } from "../embedded/supervisor.ts";
import type { Installation, Variables } from "./start-parts.ts";
import {
  bringUpDatabase,
  bringUpSimulator,
  bringUpTemporal,
  databaseFolder,
  startPart,
} from "./start-parts.ts";
import { readStart } from "./start-request.ts";

/**
 * npm start: brings up what is not configured elsewhere (database, Temporal, simulator), migrates, starts worker
 * and api, prints the addresses, and takes it all down in order on Ctrl-C.
 *   npm start                                        the demo study
 *   npm start -- --replay ../shared/data/fitabase    real recordings instead of simulated people
 *   npm start -- --demo                              simulated people although DATABASE_URL is set
 */
const { config, replay, simulated } = readCommandLine();
const execute = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const dataDir = resolve(config.DATA_DIR, replay === undefined ? "." : "replay");
const began = Date.now();

const say = (name: string, line: string) => console.log(`[${name}] ${line}`);
const notePids = () =>
  replaceFile(join(dataDir, "processes.json"), JSON.stringify(supervisor.pids()));
const supervisor = createSupervisor(say, (message) => void end(message), notePids);
const installation: Installation = { config, dataDir, supervisor, say };
/** Ends what runs once and is not watched: migrating, seeding. */
const leaving = new AbortController();
let ending = false;
/** Whether the folder is ours: until then it may be another npm start's. */
let holding = false;

process.on("SIGTERM", () => void end(null));
// A second Ctrl-C says that the first takes too long.
process.on("SIGINT", () => (ending ? endAtOnce() : void end(null)));
// The process that ran us and keeps a channel to us is gone: nobody is left who could press Ctrl-C.
process.on("disconnect", () => void end(null));
// A closed terminal takes our output along; writing to it must not end us half-way.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const Pids = z.record(z.string(), z.number().int());

try {
  await bringUp();
} catch (error) {
  await end(error instanceof Error ? error.message : String(error));
}

function readCommandLine() {
  try {
    const options = { replay: { type: "string" }, demo: { type: "boolean" } } as const;
    return readStart(parseArgs({ options }).values, readConfig());
  } catch (error) {
    console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    return process.exit(1);
  }
}

async function bringUp(): Promise<void> {
  makeFolder();
  const unlock = lockData(join(dataDir, "npm-start"));
  process.on("exit", unlock);
  holding = true;
  await waitForPrevious();
  await refuseBusyPorts();
  // The key first and only for a new database: one that is lost later is not silently replaced.
  const mayCreate = !existsSync(databaseFolder(dataDir));
  const keyFile = join(dataDir, "token-key");
  const TOKEN_KEY = config.TOKEN_KEY ?? readOrCreateSecret(keyFile, { mayCreate });
  const before = config.TOKEN_KEY === undefined ? readEarlierSecrets(keyFile) : [];
  const TOKEN_KEY_BEFORE = [...config.TOKEN_KEY_BEFORE, ...before].join(",");
  const [database, temporal, simulator] = await Promise.all([
    bringUpDatabase(installation),
    bringUpTemporal(installation),
    simulated ? bringUpSimulator(installation, replay) : {},
  ]);
  const variables = { ...database, ...temporal, ...simulator, TOKEN_KEY, TOKEN_KEY_BEFORE };
  await runOnce("migrate", ["bin/migrate.ts"], variables);
  if (simulated) await runOnce("seed", ["bin/seed-demo.ts", ...studyOfStart()], variables);
  const keep = (name: string) =>
    supervisor.keep(name, () => startPart(installation, name, [], variables), { restart: true });
  await Promise.all([keep("api"), keep("worker")]);
  announce(variables);
}

function makeFolder(): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The folder of DATA_DIR, ${dataDir}, cannot be made: ${why}`, { cause });
  }
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
  const pids = Object.values(readPids(file));
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (!pids.some((pid) => startOf(pid) !== null)) break;
    await wait(100);
  }
  rmSync(file);
}

function readPids(file: string): Record<string, number> {
  try {
    return Pids.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    // It only spares a wait; who holds the ports or the folder is found out below in any case.
    say("start", `${file} was not readable (${error instanceof Error ? error.name : "?"})`);
    return {};
  }
}

/** The study the simulator's people belong to. */
function studyOfStart(): string[] {
  if (replay === undefined) return [];
  return ["--study", "replay", "--name", "Replay (recorded people)"];
}

async function runOnce(name: string, command: string[], variables: Variables): Promise<void> {
  try {
    const options = { cwd: root, env: environmentWith(variables), signal: leaving.signal };
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
  const uiUrl = variables["TEMPORAL_UI_URL"];
  const ui = uiUrl && workflowsUrl({ uiUrl, namespace: config.TEMPORAL_NAMESPACE });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`
Wearflow is up (${seconds} s)
  page          ${page}
  API           ${page}/healthz
  Temporal UI   ${ui ?? "where your Temporal server has it"}${
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
  leaving.abort();
  await supervisor.stop();
  if (holding) rmSync(join(dataDir, "processes.json"), { force: true });
  process.exit(fault === null ? 0 : 1);
}

/** Nothing committed is lost by it: the next start finds everything as after a power cut. */
function endAtOnce(): void {
  for (const pid of Object.values(supervisor.pids()))
    if (startOf(pid) !== null) process.kill(pid, "SIGKILL");
  process.exit(1);
}
