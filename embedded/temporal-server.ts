import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { LOOPBACK } from "./ports.ts";
import { removePid, writePid } from "./temporal-orphan.ts";

const run = promisify(execFile);

export type TemporalServerOptions = Readonly<{
  /** The CLI. */
  command: string;
  port: number;
  uiPort: number;
  /** Absolute; made on first use. */
  dataFile: string;
  namespace: string;
  /** NAME=Type, as the CLI takes them. */
  searchAttributes: readonly string[];
}>;

export type TemporalServer = Readonly<{
  pid: number;
  exited: Promise<unknown>;
  /** SIGTERM, and SIGKILL where that takes more than 10 s. */
  stop(): Promise<void>;
}>;

const HEALTHY_MS = 45_000;
const STOP_MS = 10_000;
/** Closed runs stay visible for a week; the dev server's own default is a day. */
const RETENTION = "168h";

function flags(options: TemporalServerOptions): string[] {
  return [
    ...["server", "start-dev", "--ip", LOOPBACK, "--ui-ip", LOOPBACK],
    ...["--port", String(options.port), "--ui-port", String(options.uiPort)],
    ...["--db-filename", options.dataFile],
    ...["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"],
    ...["--namespace", options.namespace],
    ...options.searchAttributes.flatMap((attribute) => ["--search-attribute", attribute]),
  ];
}

/** Runs an operator command against this server. The CLI's own config and variables must not lead it elsewhere. */
async function operate(options: TemporalServerOptions, ...args: string[]): Promise<string> {
  const own = ["--disable-config-file", "--disable-config-env"];
  const address = ["--address", `${LOOPBACK}:${options.port}`];
  const { stdout } = await run(options.command, ["operator", ...args, ...address, ...own], {
    timeout: 15_000,
  });
  return stdout;
}

async function untilHealthy(options: TemporalServerOptions, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + HEALTHY_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`temporal server start-dev ended (code ${child.exitCode}) while starting`);
    const said = await operate(options, "cluster", "health").catch(String);
    if (said.includes("SERVING")) return;
    if (Date.now() > deadline)
      throw new Error(
        `temporal server start-dev is not healthy after ${HEALTHY_MS / 1000} s: ${said}`,
      );
    await sleep(100);
  }
}

/** Start-dev registers attributes and retention only when it makes the namespace, so an older data file lacks new ones. */
async function prepareNamespace(options: TemporalServerOptions): Promise<void> {
  const namespace = ["--namespace", options.namespace];
  await operate(options, "namespace", "update", ...namespace, "--retention", RETENTION);
  const attributes = options.searchAttributes.flatMap((attribute) => {
    const [name = "", type = ""] = attribute.split("=");
    return ["--name", name, "--type", type];
  });
  // Succeeds for those that exist already; fails where one exists with another type, which is worth stopping for.
  if (attributes.length > 0)
    await operate(options, "search-attribute", "create", ...namespace, ...attributes);
}

async function stopServer(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(timer);
}

function spawnServer(options: TemporalServerOptions): ChildProcess {
  const child = spawn(options.command, flags(options), {
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own: Ctrl-C in the terminal must not stop it before its clients.
    detached: true,
  });
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  return child;
}

/** Starts the dev server and waits until it is healthy and the namespace is as asked for. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const child = spawnServer(options);
  await once(child, "spawn");
  const exited = once(child, "exit").then(() => removePid(options.dataFile));
  writePid(options.dataFile, child.pid ?? 0);
  try {
    await untilHealthy(options, child);
    await prepareNamespace(options);
  } catch (error) {
    await stopServer(child, exited);
    throw error;
  }
  return { pid: child.pid ?? 0, exited, stop: () => stopServer(child, exited) };
}
