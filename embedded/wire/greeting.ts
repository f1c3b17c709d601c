import type { Socket } from "node:net";
import type { Passwords, Role } from "../passwords.ts";
import { refusedNames } from "../session-settings.ts";
import type { Multiplexer } from "./batch.ts";
import { cleanUp, enterOrEnd } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { createConnection, endConnection, endSocket } from "./connection.ts";
import type { FrameReader } from "./frames.ts";
import { ProtocolViolation } from "./frames.ts";
import type { WireError } from "./messages.ts";
import { readCString } from "./messages.ts";
import {
  askForPassword,
  checkPassword,
  DATABASE,
  readFirstPacket,
  readStartupSettings,
  unknownDatabase,
  welcome,
  wrongPassword,
} from "./sign-in.ts";

/** Time to sign in, as Postgres' authentication_timeout. */
const SIGN_IN_MS = 60_000;

export type GreetingOptions = Readonly<{
  mux: Multiplexer;
  passwords: Passwords;
  reported: ReadonlyMap<string, string>;
  onCrash(error: unknown): void;
}>;

/** The part of a connection before its first query. */
export type Greeting = {
  /** Set once the client has signed in. */
  connection: Connection | null;
  /** Reads what has arrived, as far as the sign-in goes. */
  read(): void;
  close(): void;
};

function refusedSetting(reason: string): WireError {
  return {
    severity: "FATAL",
    code: "42501",
    message: `refused by the embedded database: ${reason}`,
  };
}

/** Checks and sets what a client asked for at start-up, so that a bad setting shows at once. */
async function applyStartup(mux: Multiplexer, connection: Connection): Promise<void> {
  const names = [...connection.client.settings.keys()];
  await mux.session.acquire(connection);
  const refused = await mux.session.asSuperuser((db) => refusedNames(db, names));
  if (refused.length > 0)
    endConnection(connection, refusedSetting(`cannot set ${refused.join(", ")} at start-up`));
  else await enterOrEnd(mux, connection);
  mux.session.release(connection);
}

function begin(
  { mux, reported, onCrash }: GreetingOptions,
  socket: Socket,
  role: Role,
  parameters: ReadonlyMap<string, string>,
): Connection {
  const { settings, refusal } = readStartupSettings(parameters);
  const customNames = new Set([...settings.keys()].filter((name) => name.includes(".")));
  const client = { role, settings, touched: false, customNames };
  const connection = createConnection(socket, client, parameters.get("application_name") ?? "");
  mux.connections.add(connection);
  connection.over.signal.addEventListener("abort", () => {
    mux.connections.delete(connection);
    connection.work = connection.work.then(() => cleanUp(mux, connection)).catch(onCrash);
  });
  if (refusal !== null) {
    endConnection(connection, refusedSetting(refusal));
    return connection;
  }
  connection.work = connection.work
    .then(async () => {
      if (settings.size > 0) await applyStartup(mux, connection);
      if (!connection.over.signal.aborted) socket.write(welcome(reported, role, parameters));
    })
    .catch(onCrash);
  return connection;
}

/** Answers one start-up packet; returns the parameters once the client wants to sign in. */
function answerFirst(socket: Socket, bytes: Buffer): ReadonlyMap<string, string> | null {
  const packet = readFirstPacket(bytes);
  if (packet.kind === "unknown") throw new ProtocolViolation("an unknown protocol version");
  if (packet.kind === "cancel") socket.destroy();
  if (packet.kind === "encrypt") socket.write("N");
  if (packet.kind !== "start") return null;
  socket.write(askForPassword());
  return packet.parameters;
}

function readPassword(reader: FrameReader): string | null {
  const bytes = reader.message();
  if (bytes === null) return null;
  if (bytes[0] !== 0x70) throw new ProtocolViolation("something other than a password");
  return readCString(bytes, 5).text;
}

/** Takes a client from its first packet to a checked password. */
export function greet(options: GreetingOptions, socket: Socket, reader: FrameReader): Greeting {
  let parameters: ReadonlyMap<string, string> | null = null;
  const timer = setTimeout(() => socket.destroy(), SIGN_IN_MS);

  function readPackets(): void {
    while (parameters === null && !socket.destroyed) {
      const bytes = reader.startup();
      if (bytes === null) return;
      parameters = answerFirst(socket, bytes);
    }
  }

  function signIn(given: ReadonlyMap<string, string>, password: string): void {
    const user = given.get("user") ?? "";
    const database = given.get("database") ?? user;
    const role = checkPassword(options.passwords, user, password);
    if (role === null) endSocket(socket, wrongPassword(user));
    else if (database !== DATABASE) endSocket(socket, unknownDatabase(database));
    else {
      clearTimeout(timer);
      greeting.connection = begin(options, socket, role, given);
    }
  }

  const greeting: Greeting = {
    connection: null,
    read() {
      if (greeting.connection !== null) return;
      readPackets();
      if (parameters === null) return;
      const password = readPassword(reader);
      if (password !== null) signIn(parameters, password);
    },
    close: () => clearTimeout(timer),
  };
  return greeting;
}
