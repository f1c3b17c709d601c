import type { Context } from "hono";
import { can } from "../auth/can.ts";
import { readEntries } from "../sql/audit-chain.ts";
import { listMessages } from "../sql/messages.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import type { AuditLine } from "./audit.ts";
import { auditLine } from "./audit.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { MessageLine } from "./message-words.ts";
import { messageLine } from "./message-words.ts";

const SHOWN = 10;

/** What was written to somebody and what was done to their record, for those who may see it; empty for others. */
export type History = Readonly<{
  messages: readonly MessageLine[];
  entries: readonly AuditLine[];
  mayFetch: boolean;
}>;

export async function readHistory(
  c: Context<AppEnv>,
  { db, clock, fetchNow }: Pick<AppDeps, "db" | "clock" | "fetchNow">,
  status: ParticipantStatus,
): Promise<History> {
  const visitor = c.get("visitor");
  // A page left open asks for its facts only, again and again.
  if (c.req.header("HX-Request") === "true") return { messages: [], entries: [], mayFetch: false };
  const may = (action: "message.read" | "participant.audit" | "participant.fetch") =>
    visitor !== null && can(visitor, action, status);
  const { participant } = status;
  const filter = { entity: participant, before: null, limit: SHOWN };
  const [messages, entries] = await Promise.all([
    may("message.read") ? listMessages(db, { participant, limit: SHOWN }) : [],
    may("participant.audit") ? readEntries(db, filter) : [],
  ]);
  return {
    messages: messages.map((message) => messageLine(message, clock())),
    entries: entries.map(auditLine),
    mayFetch: fetchNow !== undefined && status.state === "active" && may("participant.fetch"),
  };
}
