import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Client } from "../session.ts";
import { LARGEST_MESSAGE_BYTES, ProtocolViolation } from "./frames.ts";
import type { WireError } from "./messages.ts";
import { errorResponse } from "./messages.ts";
import type { Inspection } from "./statement-rules.ts";

/** One message of a batch, renamed and ready to send, with what it means to the session. */
export type Step = Readonly<{
  type: string;
  bytes: Buffer;
  /** Of a Query or Parse. */
  inspection: Inspection | null;
  /** Prepared statement to close first: the unnamed one of this connection. */
  replaces: string | null;
  /** Where the data of a COPY FROM STDIN gathers. */
  copy: CopyIn | null;
}>;

/**
 * What a client sends after COPY FROM STDIN: CopyData and the closing CopyDone or CopyFail, gathered before
 * Postgres sees the statement, because PGlite takes them only together.
 */
export type CopyIn = Readonly<{
  parts: Buffer[];
  /** Resolves when the closing message is there or the client is gone. */
  done: Promise<void>;
  finish(): void;
}>;

/** A signed-in client. */
export type Connection = {
  readonly socket: Socket;
  readonly client: Client;
  /** Lets the others go first: what it does is a run's, and a page is looked at. */
  readonly yields: boolean;
  /** Of every name it gives a statement or portal; random, so that no other client can guess it. */
  readonly prefix: string;
  /** Prepared statements to close when it goes. */
  readonly statements: Set<string>;
  readonly channels: Set<string>;
  /** Aborted once the connection is over, for whatever reason: waits end, nothing more runs. */
  readonly over: AbortController;
  /** Messages since the last Sync, Query or Flush, with their size. */
  steps: Step[];
  bytes: number;
  copy: CopyIn | null;
  /** An error happened in extended protocol: everything up to the next Sync is skipped, as Postgres does. */
  skipping: boolean;
  /** It prepared a SET under a name, which it may execute at any later time out of our sight. */
  keepsSettings: boolean;
  /** Runs while the connection holds the session between two batches. */
  idleTimer: NodeJS.Timeout | null;
  /** The tail of what runs for this connection, one batch after the other. */
  work: Promise<void>;
  queued: number;
};

/** What the worker's connections call themselves (worker/main.ts). */
const OF_THE_WORKER: readonly string[] = ["wearflow-worker", "wearflow-maintain"];

export function createConnection(
  socket: Socket,
  client: Client,
  applicationName: string,
): Connection {
  return {
    socket,
    client,
    yields: OF_THE_WORKER.includes(applicationName),
    prefix: `${randomBytes(6).toString("base64url")}_`,
    statements: new Set(),
    channels: new Set(),
    over: new AbortController(),
    steps: [],
    bytes: 0,
    copy: null,
    skipping: false,
    keepsSettings: false,
    idleTimer: null,
    work: Promise.resolve(),
    queued: 0,
  };
}

/** Counts what a client has sent and not yet run; throws where it is more than one connection may hold. */
export function countBytes(connection: Connection, bytes: number): void {
  connection.bytes += bytes;
  if (connection.bytes > LARGEST_MESSAGE_BYTES)
    throw new ProtocolViolation(`more than ${LARGEST_MESSAGE_BYTES} bytes before one Sync`);
}

/** Ends a connection, with a last word to the client where there is one. */
export function endConnection(connection: Connection, lastWord: WireError | null): void {
  if (connection.over.signal.aborted) return;
  connection.over.abort();
  connection.copy?.finish();
  const { socket } = connection;
  if (lastWord === null) socket.destroy();
  else endSocket(socket, lastWord);
}

/** Sends a FATAL error and closes; a client that does not read it is cut off after a second. */
export function endSocket(socket: Socket, lastWord: WireError): void {
  socket.end(errorResponse(lastWord));
  socket.resume();
  setTimeout(() => socket.destroy(), 1000).unref();
}

/** Waits until the client has read most of what it was sent, or is gone. */
export async function drained({ socket, over }: Connection): Promise<void> {
  if (!socket.writableNeedDrain || over.signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off("drain", done);
      over.signal.removeEventListener("abort", done);
      resolve();
    };
    socket.on("drain", done);
    over.signal.addEventListener("abort", done);
  });
}

export function createCopyIn(): CopyIn {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { parts: [], done: promise, finish: resolve };
}
