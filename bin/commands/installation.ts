import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import type pg from "pg";
import type { Config } from "../../config.ts";
import { readPasswords } from "../../embedded/passwords.ts";
import { LOOPBACK } from "../../embedded/ports.ts";
import { createPool } from "../../sql/pool.ts";

/** The installation a command works on: the configured one, or the one `npm start` is running here. */
export type Installation = Readonly<{
  config: Config;
  /** As the app role: rows. */
  db: pg.Pool;
  /** As the owner: structure, refreshing, compressing, deleting. */
  owner: pg.Pool;
  /** Who acts, for the audit: the login name on this machine, marked as a command. */
  actor: string;
  temporal(): Promise<Client>;
  close(): Promise<void>;
}>;

/** One command of `npm run wearflow --`. `run` throws an Error whose message is for people. */
export type Command = Readonly<{
  usage: string;
  run(args: readonly string[], installation: Installation): Promise<void>;
}>;

/** Opens the configured database, or the embedded one; throws in words where neither is there. */
export function openInstallation(config: Config): Installation {
  const { app, owner } = databaseUrls(config);
  const db = createPool(app, "wearflow-command", 2);
  const ownerPool = createPool(owner, "wearflow-command-owner", 1);
  let connection: Connection | undefined;
  return {
    config,
    db,
    owner: ownerPool,
    actor: `command:${userInfo().username}`,
    async temporal() {
      const address = config.TEMPORAL_ADDRESS ?? `${LOOPBACK}:${config.TEMPORAL_PORT}`;
      connection ??= await Connection.connect({ address });
      return new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
    },
    async close() {
      await connection?.close();
      await Promise.all([db.end(), ownerPool.end()]);
    },
  };
}

function databaseUrls(config: Config): Readonly<{ app: string; owner: string }> {
  if (config.DATABASE_URL !== undefined) {
    return { app: config.DATABASE_URL, owner: config.DATABASE_OWNER_URL ?? config.DATABASE_URL };
  }
  const file = join(config.DATA_DIR, "database.passwords.json");
  if (!existsSync(file)) {
    throw new Error(
      `There is no installation in ${config.DATA_DIR}: run npm start first, or set DATABASE_URL`,
    );
  }
  const passwords = readPasswords(file);
  const url = (role: "wearflow_app" | "wearflow_owner") =>
    `postgres://${role}:${passwords[role]}@${LOOPBACK}:${config.DATABASE_PORT}/postgres?sslmode=disable`;
  return { app: url("wearflow_app"), owner: url("wearflow_owner") };
}
