import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import type { Passwords } from "../passwords.ts";
import type { Multiplexer } from "./batch.ts";
import { awaitNextBatch, runBatch } from "./batch.ts";
import type { Connection, Step } from "./connection.ts";
import { countBytes, endConnection, endSocket } from "./connection.ts";
import type { FrameReader } from "./frames.ts";
import { createFrameReader, ProtocolViolation } from "./frames.ts";
import type { Greeting } from "./greeting.ts";
import { greet } from "./greeting.ts";
import { endsBatch, makeStep } from "./steps.ts";

/** A client may send ahead this much; beyond it, reading pauses until its batches have run. */
const MOST_QUEUED_BATCHES = 64;
const MOST_QUEUED_BYTES = 32 * 1024 * 1024;

export type WireOptions = Readonly<{
  mux: Multiplexer;
  passwords: Passwords;
  /** Parameters reported at start-up, from the real server. */
  reported: ReadonlyMap<string, string>;
  /** Called once when PGlite itself failed: the session can no longer be used. */
  onCrash(error: unknown): void;
}>;

function isOverfull({ queued, bytes }: Connection): boolean {
  return queued > MOST_QUEUED_BATCHES || (queued > 0 && bytes > MOST_QUEUED_BYTES);
}

function sizeOf(steps: readonly Step[]): number {
  const parts = steps.flatMap(({ bytes, copy }) => [bytes, ...(copy?.parts ?? [])]);
  return parts.reduce((total, part) => total + part.length, 0);
}

function enqueue({ mux, onCrash }: WireOptions, connection: Connection): void {
  const { steps } = connection;
  connection.steps = [];
  connection.queued += 1;
  connection.work = connection.work
    .then(async () => {
      if (!connection.over.signal.aborted) await runBatch(mux, connection, steps);
      connection.queued -= 1;
      connection.bytes -= sizeOf(steps);
      if (!isOverfull(connection)) connection.socket.resume();
    })
    .catch(onCrash);
}

function takeCopyMessage(mux: Multiplexer, connection: Connection, bytes: Buffer): void {
  // Copy messages outside of a COPY are what a client had sent before it saw the error: ignored, as in Postgres.
  if (connection.copy === null) return;
  countBytes(connection, bytes.length);
  connection.copy.parts.push(bytes);
  // Where the session is kept for an open transaction, its clock starts again with every piece.
  if (connection.idleTimer !== null) awaitNextBatch(mux, connection);
  if (bytes[0] === 0x64) return;
  connection.copy.finish();
  connection.copy = null;
}

function takeStep(options: WireOptions, connection: Connection, bytes: Buffer): void {
  const step = makeStep(connection, bytes);
  countBytes(connection, step.bytes.length);
  connection.steps.push(step);
  if (endsBatch(step)) enqueue(options, connection);
}

function takeMessage(options: WireOptions, connection: Connection, bytes: Buffer): void {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (type === "X") endInTurn(connection);
  else if (type === "d" || type === "c" || type === "f")
    takeCopyMessage(options.mux, connection, bytes);
  else takeStep(options, connection, bytes);
}

/** Terminate: what was sent before it still runs. */
function endInTurn(connection: Connection): void {
  connection.work = connection.work.then(() => endConnection(connection, null));
}

function takeMessages(options: WireOptions, connection: Connection, reader: FrameReader): void {
  while (!connection.over.signal.aborted) {
    const bytes = reader.message();
    if (bytes === null) break;
    takeMessage(options, connection, bytes);
  }
  if (isOverfull(connection)) connection.socket.pause();
}

/** Runs `read`; a client that breaks the protocol loses its connection, and nobody else notices. */
function guard(socket: Socket, greeting: Greeting, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    const lastWord = {
      severity: "FATAL",
      code: "08P01",
      message: `refused: ${error.message}`,
    } as const;
    if (greeting.connection === null) endSocket(socket, lastWord);
    else endConnection(greeting.connection, lastWord);
  }
}

function serve(options: WireOptions, socket: Socket): void {
  const reader = createFrameReader();
  const greeting = greet(options, socket, reader);
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) =>
    guard(socket, greeting, () => {
      if (socket.writableEnded) return;
      reader.push(chunk);
      greeting.read();
      if (greeting.connection !== null) takeMessages(options, greeting.connection, reader);
    }),
  );
  socket.on("close", () => {
    greeting.close();
    if (greeting.connection !== null) endConnection(greeting.connection, null);
  });
}

/** Serves the Postgres wire protocol to many clients over the one session. Not listening yet. */
export function createWireServer(options: WireOptions): Server {
  return createServer((socket) => serve(options, socket));
}
