import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ChildExit } from "./child.ts";
import { startChild } from "./child.ts";
import type { Role } from "./passwords.ts";
import { readOrCreatePasswords } from "./passwords.ts";
import { LOOPBACK } from "./ports.ts";
import type { Patience } from "./watchdog.ts";

export type DatabaseOptions = Readonly<{
  /** Folder of the cluster, made on first use; its lock file lies beside it. */
  dataDir: string;
  /** 0, the default, picks a free port. */
  port?: number;
  /** JSON of role to password, made on first use; by default beside the data folder. */
  passwordsFile?: string;
  idleInTransactionSeconds?: number;
  /** A statement that never ends would hold up everybody: the process is killed when it is silent for longer. */
  patience?: Patience;
  /** Every line the process writes. */
  onLine?: (line: string) => void;
}>;

/** A running embedded database, for the supervisor and for tests. */
export type Database = Readonly<{
  port: number;
  pid: number;
  /** Connection string of a role. */
  url(role: Role): string;
  /** Resolves when the process ends, for whatever reason. */
  exited: Promise<ChildExit>;
  /** The last lines it wrote to stderr: why it ended. */
  lastWords(): string;
  /** Saves, closes, and waits for the end. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}>;

/** Longer than any statement of ours takes. */
const TEN_MINUTES: Patience = { everyMs: 30_000, unanswered: 20 };

const Ready = z.object({ port: z.number().int() });
const entry = fileURLToPath(new URL("database-process.ts", import.meta.url));

function optionalFlag(name: string, value: number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}

/**
 * Starts the embedded TimescaleDB in a process of its own and waits until it takes connections: about 4 s for a
 * new folder, under 1 s for an existing one. Throws with the process's own words where it cannot start.
 */
export async function startDatabase(options: DatabaseOptions): Promise<Database> {
  const { dataDir, port = 0, passwordsFile = `${dataDir}.passwords.json`, onLine } = options;
  const { patience = TEN_MINUTES } = options;
  const passwords = readOrCreatePasswords(passwordsFile);
  const child = await startChild({
    entry,
    args: [
      ...["--data-dir", dataDir, "--port", String(port), "--passwords", passwordsFile],
      ...optionalFlag("--idle-in-transaction-seconds", options.idleInTransactionSeconds),
    ],
    what: "The embedded database",
    onLine,
    patience,
  });
  const ready = Ready.parse(child.ready);
  return {
    port: ready.port,
    pid: child.pid,
    url: (role) =>
      `postgres://${role}:${passwords[role]}@${LOOPBACK}:${ready.port}/postgres?sslmode=disable`,
    exited: child.exited,
    lastWords: child.lastWords,
    stop: child.stop,
    kill: child.kill,
  };
}
