import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { lockData } from "./data-lock.ts";
import { startDatabaseServer } from "./database-server.ts";
import { announceReady, endWith, oneLine } from "./lifetime.ts";
import { readPasswords } from "./passwords.ts";
import { assertPortFree } from "./ports.ts";

/** The embedded TimescaleDB: one process that owns one data folder until it ends. */

const Arguments = z.object({
  "data-dir": z.string().min(1),
  port: z.coerce.number().int().min(0).max(65_535),
  passwords: z.string().min(1),
  "idle-in-transaction-seconds": z.coerce.number().positive().default(30),
});

const usage =
  "usage: node embedded/database-process.ts --data-dir DIR --port N --passwords FILE [--idle-in-transaction-seconds 30]";

function readArguments(): z.infer<typeof Arguments> {
  const text = { type: "string" } as const;
  const options = {
    "data-dir": text,
    port: text,
    passwords: text,
    "idle-in-transaction-seconds": text,
  };
  try {
    return Arguments.parse(parseArgs({ options }).values);
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : oneLine(cause);
    throw new Error(`${reason}; ${usage}`, { cause });
  }
}

function fail(error: unknown): never {
  console.error(oneLine(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const given = readArguments();
  const passwords = readPasswords(given.passwords);
  const dataDir = resolve(given["data-dir"]);
  await assertPortFree(given.port, "the embedded database", "DATABASE_PORT");
  const unlock = lockData(dataDir);
  process.on("exit", unlock);
  const server = await startDatabaseServer({
    dataDir,
    port: given.port,
    passwords,
    idleInTransactionMs: given["idle-in-transaction-seconds"] * 1000,
    onCrash: fail,
  });
  endWith(server.stop, (error) => console.error(oneLine(error)));
  announceReady({ port: server.port });
}

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
main().catch(fail);
