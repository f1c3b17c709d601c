import type { Checkpoints } from "../checkpoints.ts";
import type { Session } from "../session.ts";
import { restoreBase } from "../session-settings.ts";
import type { Connection, Step } from "./connection.ts";
import { drained, endConnection } from "./connection.ts";
import type { TransactionStatus } from "./messages.ts";
import { closeStatement, copyInResponse, message } from "./messages.ts";
import type { ReplyNotes } from "./reply.ts";
import { deliver, readReply } from "./reply.ts";

/** What all connections share. */
export type Multiplexer = Readonly<{
  session: Session;
  checkpoints: Checkpoints;
  connections: Set<Connection>;
  idleInTransactionMs: number;
}>;

async function sendStep(session: Session, step: Step): Promise<Buffer> {
  if (step.replaces !== null) await session.send(closeStatement(step.replaces));
  if (step.copy === null) return await session.send(step.bytes);
  return await session.send(Buffer.concat([step.bytes, ...step.copy.parts]));
}

function noteInspection(connection: Connection, step: Step): void {
  const { client, channels, keepsSettings } = connection;
  client.touched ||= keepsSettings || step.inspection?.touchesSettings === true;
  for (const name of step.inspection?.customNames ?? []) client.customNames.add(name);
  for (const channel of step.inspection?.listens ?? []) channels.add(channel);
  for (const channel of step.inspection?.unlistens ?? []) {
    if (channel === "*") channels.clear();
    else channels.delete(channel);
  }
}

async function runStep(mux: Multiplexer, connection: Connection, step: Step): Promise<ReplyNotes> {
  noteInspection(connection, step);
  const { pieces, notes } = readReply(step, await sendStep(mux.session, step));
  for (const piece of pieces) connection.socket.write(piece);
  deliver(mux.connections, notes);
  return notes;
}

/** Runs the steps one by one and writes what the client gets; returns the transaction status, null before a Sync. */
async function runSteps(
  mux: Multiplexer,
  connection: Connection,
  steps: readonly Step[],
): Promise<TransactionStatus | null> {
  let status: TransactionStatus | null = null;
  connection.socket.cork();
  for (const step of steps) {
    if (step.type === "S") connection.skipping = false;
    if (connection.skipping || step.type === "H") continue;
    const notes = await runStep(mux, connection, step);
    status = notes.status ?? status;
    connection.skipping ||= notes.failed && step.type !== "Q" && step.type !== "S";
  }
  connection.socket.uncork();
  return status;
}

/** Sets again what a statement may have changed behind our back: the base after a RESET, the role after a DO. */
async function repair(
  { session }: Multiplexer,
  { client }: Connection,
  steps: readonly Step[],
  status: TransactionStatus | null,
): Promise<void> {
  if (status === "E") return;
  const resets = steps.flatMap(({ inspection }) => inspection?.resets ?? []);
  await session.execute(restoreBase(resets));
  if (steps.some(({ inspection }) => inspection?.mayChangeUser))
    await session.execute(`set session authorization ${client.role}`);
}

/** An UNLISTEN counts for the whole session: listens again to what other connections still want. */
async function listenAgain({ session, connections }: Multiplexer, steps: readonly Step[]) {
  if (!steps.some(({ inspection }) => inspection?.unlistens.length)) return;
  const channels = new Set([...connections].flatMap((other) => [...other.channels]));
  for (const channel of channels)
    await session.execute(`listen "${channel.replaceAll('"', '""')}"`);
}

/** Waits for the data of a COPY without holding the session; a slow client keeps nobody waiting. */
async function gatherCopies(connection: Connection, steps: readonly Step[]): Promise<void> {
  for (const { copy } of steps) {
    if (copy === null) continue;
    connection.socket.write(copyInResponse());
    await copy.done;
  }
}

/** Starts the clock of a client that keeps the session for its open transaction. */
export function awaitNextBatch(mux: Multiplexer, connection: Connection): void {
  if (!mux.session.isHeldBy(connection)) return;
  if (connection.idleTimer !== null) clearTimeout(connection.idleTimer);
  const seconds = mux.idleInTransactionMs / 1000;
  connection.idleTimer = setTimeout(() => {
    endConnection(connection, {
      severity: "FATAL",
      code: "25P03",
      message: `terminating connection due to idle-in-transaction timeout (${seconds} s)`,
      hint: "The embedded database has one session: a transaction may wait for nothing but its own statements.",
    });
  }, mux.idleInTransactionMs);
}

function takeTurn(connection: Connection): void {
  if (connection.idleTimer !== null) clearTimeout(connection.idleTimer);
  connection.idleTimer = null;
}

function isPostgresError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "severity" in error && "code" in error;
}

/** Makes the session the client's own; a setting Postgres refuses ends the connection, as at a real start-up. */
export async function enterOrEnd(mux: Multiplexer, connection: Connection): Promise<void> {
  try {
    await mux.session.enter(connection.client);
  } catch (error) {
    if (!isPostgresError(error)) throw error;
    const { code, message: text } = error;
    endConnection(connection, { severity: "FATAL", code, message: text });
  }
}

/** Runs one batch of a connection; keeps the session only while a transaction is open. */
export async function runBatch(
  mux: Multiplexer,
  connection: Connection,
  steps: readonly Step[],
): Promise<void> {
  const { session, checkpoints } = mux;
  await gatherCopies(connection, steps);
  await drained(connection);
  await session.acquire(connection);
  if (!connection.over.signal.aborted) await enterOrEnd(mux, connection);
  if (connection.over.signal.aborted) return;
  takeTurn(connection);
  const status = await runSteps(mux, connection, steps);
  await repair(mux, connection, steps, status);
  if (status !== "I") {
    awaitNextBatch(mux, connection);
    return;
  }
  await listenAgain(mux, steps);
  await checkpoints.afterBatch();
  session.release(connection);
}

/** Undoes what a gone connection leaves in the shared session: its transaction and its prepared statements. */
export async function cleanUp(mux: Multiplexer, connection: Connection): Promise<void> {
  const { session } = mux;
  takeTurn(connection);
  const wasOpen = session.isHeldBy(connection);
  await session.acquire(connection);
  if (wasOpen) {
    // Sync first: after an error in extended protocol Postgres hears nothing else.
    await session.send(message("S"));
    await session.execute("rollback");
  }
  for (const name of connection.statements) await session.send(closeStatement(name));
  session.forget();
  session.release(connection);
}
