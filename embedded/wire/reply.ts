import type { Connection, Step } from "./connection.ts";
import type { MessageSpan, TransactionStatus } from "./messages.ts";
import { errorResponse, messagesIn, readCString } from "./messages.ts";

/** What a reply told besides what goes to the client. */
export type ReplyNotes = {
  /** Of the last ReadyForQuery the client sees. */
  status: TransactionStatus | null;
  failed: boolean;
  notifications: { channel: string; bytes: Buffer }[];
};

function statusOf(letter: number | undefined): TransactionStatus {
  if (letter === 0x49) return "I";
  return letter === 0x54 ? "T" : "E";
}

/** The error a client gets for a text that was refused before Postgres saw it. */
function refusal(step: Step): Buffer | null {
  const refused = step.inspection?.refusal;
  if (refused === null || refused === undefined) return null;
  const message = `refused by the embedded database: ${refused.reason}`;
  const hint = "Connect as the role you need, or use a connection of your own.";
  return errorResponse({ severity: "ERROR", code: refused.code, message, hint });
}

/** Notes what one message means; true where the client gets it as it is. */
function passes(step: Step, reply: Buffer, span: MessageSpan, notes: ReplyNotes): boolean {
  const { type, start, end } = span;
  const endsTurn = step.type === "S" || step.type === "Q";
  // PGlite reports ready after every single message; a client expects it after Sync and Query only.
  if (type === "Z" && endsTurn) notes.status = statusOf(reply[start + 5]);
  if (type === "Z") return endsTurn;
  if (type === "E") notes.failed = true;
  // The multiplexer sent CopyInResponse itself, before the data.
  if (type === "G") return false;
  if (type !== "A") return true;
  const { text } = readCString(reply, start + 9);
  notes.notifications.push({ channel: text, bytes: Buffer.from(reply.subarray(start, end)) });
  return false;
}

/** Picks from a reply what its client gets, in as few pieces as possible. */
export function readReply(step: Step, reply: Buffer): { pieces: Buffer[]; notes: ReplyNotes } {
  const notes: ReplyNotes = { status: null, failed: false, notifications: [] };
  const instead = refusal(step);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const span of messagesIn(reply)) {
    const isReplaced = span.type === "E" && instead !== null;
    if (passes(step, reply, span, notes) && !isReplaced) continue;
    pieces.push(reply.subarray(from, span.start));
    if (isReplaced) pieces.push(instead);
    from = span.end;
  }
  pieces.push(reply.subarray(from));
  return { pieces: pieces.filter((piece) => piece.length > 0), notes };
}

/** Hands notifications to every connection that listens to their channel. */
export function deliver(connections: Iterable<Connection>, notes: ReplyNotes): void {
  if (notes.notifications.length === 0) return;
  for (const { socket, channels } of connections)
    for (const { channel, bytes } of notes.notifications)
      if (channels.has(channel)) socket.write(bytes);
}
