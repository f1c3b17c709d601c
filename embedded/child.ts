import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Patience } from "./watchdog.ts";
import { watchSilence } from "./watchdog.ts";

/** How a child process ended. */
export type ChildExit = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>;

export type ChildOptions = Readonly<{
  /** Script to run with this Node. */
  entry: string;
  args: readonly string[];
  /** Its environment; ours where none is given. */
  env?: NodeJS.ProcessEnv;
  /** For messages: "the embedded database". */
  what: string;
  /** Every line the child writes, from either stream. */
  onLine?: ((line: string) => void) | undefined;
  readyWithinMs?: number;
  /** Kill it where it is silent for longer; without it a child may think for ever. */
  patience?: Patience | undefined;
}>;

/** A child that said it is ready. */
export type Child = Readonly<{
  pid: number;
  /** What it reported with its readiness; the caller checks the shape. */
  ready: unknown;
  /** Resolves when it ends, for whatever reason. */
  exited: Promise<ChildExit>;
  /** The last lines it wrote to stderr. */
  lastWords(): string;
  /** Asks it to end in good order and waits; throws where it had to be killed or ended with an error. */
  stop(): Promise<void>;
  /** Kills it at once (SIGKILL) and waits. For tests of what survives. */
  kill(): Promise<void>;
}>;

const READY_MS = 60_000;
const STOP_MS = 30_000;
const KEPT_LINES = 20;
const Ready = z.object({ ready: z.unknown() });

function watch(child: ChildProcess, onLine: (line: string) => void): () => string {
  const kept: string[] = [];
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", onLine);
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on("line", (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      onLine(line);
    });
  return () => kept.join("\n");
}

/** "close" and not "exit": only then has everything it wrote arrived. */
function untilClosed(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
}

function untilReady(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      const parsed = Ready.safeParse(message);
      if (parsed.success) resolve(parsed.data.ready);
    });
  });
}

function untilTimeout(milliseconds: number): { over: Promise<null>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), milliseconds);
  return { over: promise, cancel: () => clearTimeout(timer) };
}

async function stopChild(child: ChildProcess, exited: Promise<ChildExit>, what: string) {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const timeout = untilTimeout(STOP_MS);
  const exit = await Promise.race([exited, timeout.over]);
  timeout.cancel();
  if (exit?.code === 0) return;
  if (exit !== null) throw new Error(`${what} did not end in good order: ${describe(exit)}`);
  child.kill("SIGKILL");
  await exited;
  throw new Error(`${what} did not stop within ${STOP_MS / 1000} s and was killed`);
}

function describe({ code, signal }: ChildExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/**
 * Starts a process of ours and waits until it is ready. It leads a process group of its own, so that Ctrl-C in
 * the terminal reaches only the parent, which stops its children in order; if the parent dies, the child ends
 * by itself. Throws with what it wrote to stderr where it ends or takes too long before it is ready.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { entry, args, what, onLine = () => {}, readyWithinMs = READY_MS } = options;
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    ...(options.env !== undefined && { env: options.env }),
  });
  const lastWords = watch(child, onLine);
  const exited = untilClosed(child);
  const timeout = untilTimeout(readyWithinMs);
  const ready = untilReady(child).then((facts) => ({ facts }));
  const first = await Promise.race([ready, exited, timeout.over]);
  timeout.cancel();
  if (first === null || !("facts" in first)) {
    child.kill("SIGKILL");
    const how = describe(await exited);
    const fate =
      first === null ? `was not ready within ${readyWithinMs / 1000} s` : `ended (${how})`;
    throw new Error(`${what} ${fate} before it was ready: ${lastWords() || "it wrote nothing"}`);
  }
  if (options.patience !== undefined)
    watchSilence(child, options.patience, () => {
      onLine(`${what} no longer answers and is killed`);
      child.kill("SIGKILL");
    });
  return {
    pid: child.pid ?? 0,
    ready: first.facts,
    exited,
    lastWords,
    stop: () => stopChild(child, exited, what),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
