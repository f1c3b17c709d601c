import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { z } from "zod";
import { environmentWith } from "../config.ts";
import { findFreePort } from "../embedded/ports.ts";
import { createPool } from "../sql/pool.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** A whole installation as `npm start` brings it up, on free ports and in a folder of its own. */
export type Stack = Readonly<{
  page: string;
  simulator: string;
  temporalAddress: string;
  temporalUi: string;
  folder: string;
  /** Everything it has printed, for failure messages and for what it must or must not say. */
  output(): string;
  pids(): Record<string, number>;
  pool(): pg.Pool;
  /** Asks what was started to end, as Ctrl-C does unless told otherwise, and returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** kill -9 of every process of it. */
  killAll(): Promise<void>;
  remove(): Promise<void>;
}>;

export type StackOptions = Readonly<{
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Of a stack that ran before: the same ports and, unless another is given, the same folder. */
  again?: Stack;
  folder?: string;
  /** By `npm start`, as a person does, with npm's shell in between; else `bin/start.ts` itself. */
  npm?: boolean;
}>;

type Ports = Readonly<Record<string, string>>;
const portsOf = new WeakMap<Stack, Ports>();
const READY_WITHIN_MS = 120_000;

/** Starts an installation and waits until it says that it is up; throws with its words when it ends before. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { args = [], env = {}, again } = options;
  const folder =
    options.folder ?? again?.folder ?? (await mkdtemp(join(tmpdir(), "wearflow-stack-")));
  const ports = (again && portsOf.get(again)) ?? (await freePorts());
  // The Temporal binary is the project's own; downloading it again for each test would prove nothing.
  if (!again)
    await cp(join(root, ".wearflow/temporal"), join(folder, "temporal"), { recursive: true }).catch(
      () => undefined,
    );
  const [command, first] = options.npm
    ? ["npm", ["start", "--"]]
    : [process.execPath, ["bin/start.ts"]];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    env: environmentWith({
      ...ports,
      DATA_DIR: folder,
      DATABASE_URL: "",
      TEMPORAL_ADDRESS: "",
      ...env,
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  await untilUp(child, lines);
  const stack = describeStack(child, lines, folder, ports, args.includes("--replay"));
  portsOf.set(stack, ports);
  return stack;
}

async function freePorts(): Promise<Ports> {
  const names = [
    "HTTP_PORT",
    "DATABASE_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "SIMULATOR_PORT",
  ];
  const ports: Record<string, string> = {};
  for (const name of names) ports[name] = String(await findFreePort());
  return ports;
}

async function untilUp(child: ChildProcess, lines: string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Wearflow is up")) resolve();
    });
  }
  child.once("close", () => reject(new Error(`npm start ended:\n${lines.slice(-30).join("\n")}`)));
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error(`npm start was not up in time:\n${lines.slice(-30).join("\n")}`));
  }, READY_WITHIN_MS);
  await promise.finally(() => clearTimeout(timer));
}

const Pids = z.record(z.string(), z.number().int());

function describeStack(
  child: ChildProcess,
  lines: string[],
  folder: string,
  ports: Ports,
  replay: boolean,
): Stack {
  const dataDir = replay ? join(folder, "replay") : folder;
  const pids = () => Pids.parse(JSON.parse(readFileSync(join(dataDir, "processes.json"), "utf8")));
  const exited = once(child, "exit");
  const address = (name: string) => `127.0.0.1:${ports[name]}`;
  return {
    page: `http://${address("HTTP_PORT")}`,
    simulator: `http://${address("SIMULATOR_PORT")}`,
    temporalAddress: address("TEMPORAL_PORT"),
    temporalUi: `http://${address("TEMPORAL_UI_PORT")}`,
    folder,
    output: () => lines.join("\n"),
    pids,
    pool() {
      const file = readFileSync(join(dataDir, "database.passwords.json"), "utf8");
      const { wearflow_app: password } = z
        .object({ wearflow_app: z.string() })
        .parse(JSON.parse(file));
      const where = address("DATABASE_PORT");
      return createPool(
        `postgres://wearflow_app:${password}@${where}/postgres?sslmode=disable`,
        "test",
        2,
      );
    },
    async stop(signal = "SIGINT") {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
    async killAll() {
      const all = pids();
      child.kill("SIGKILL");
      for (const pid of Object.values(all)) killHard(pid);
      await exited;
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** kill -9; a process that is gone already is what was wanted. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Asks again and again until the answer is not null; throws with `what` when it takes too long. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | null>,
  withinMs = 180_000,
): Promise<Answer> {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const answer = await ask();
    if (answer !== null) return answer;
    await wait(300);
  }
  throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
}
