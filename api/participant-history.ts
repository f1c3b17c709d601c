import type { Context } from "hono";
import type { Action } from "../auth/can.ts";
import { can } from "../auth/can.ts";
import { readEntries } from "../sql/audit-chain.ts";
import { listMessages } from "../sql/messages.ts";
import { readParticipantHistory } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import { readWithdrawal } from "../sql/withdrawals.ts";
import type { AuditLine } from "./audit.ts";
import { auditLine } from "./audit.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { MessageLine } from "./message-words.ts";
import { messageLine } from "./message-words.ts";
import type { ParticipationView } from "./participation-view.ts";
import { participationView } from "./participation-view.ts";
import { wordsFor } from "./words.ts";

const SHOWN = 10;

/** What the page says after a change, by the word in its address. */
const doneWords: Readonly<Record<string, string>> = {
  pause: "Paused. Nothing is fetched and nobody writes to them.",
  resume: "Resumed. Schedules follow within 5 minutes.",
  withdraw: "Withdrawn. What is left to do is under way.",
  erase: "Asked for. Everything is being erased.",
};

/** What was written to somebody and what was done to their record, for those who may see it; empty for others. */
export type History = Readonly<{
  messages: readonly MessageLine[];
  entries: readonly AuditLine[];
  mayFetch: boolean;
  /** Null where only the facts are asked for. */
  participation: ParticipationView | null;
  done: string;
}>;

const NOTHING: History = {
  messages: [],
  entries: [],
  mayFetch: false,
  participation: null,
  done: "",
};

/** What readHistory reads: everything, whoever may see it. */
export type ReadHistory = Awaited<ReturnType<typeof readHistory>>;

/** Reads what happened to somebody; what of it is shown, and to whom, historyView decides. */
export async function readHistory(db: Queryable, participant: string) {
  const filter = { entity: participant, before: null, limit: SHOWN };
  const [messages, entries, person, changes, withdrawal] = await Promise.all([
    listMessages(db, { participant, limit: SHOWN }),
    readEntries(db, filter),
    findParticipant(db, participant),
    readParticipantHistory(db, participant),
    readWithdrawal(db, participant),
  ]);
  return { messages, entries, person, changes, withdrawal };
}

/** Of what was read, what this visitor may see of this participant; nothing where it was not read. */
export function historyView(
  c: Context<AppEnv>,
  { clock, fetchNow }: Pick<AppDeps, "clock" | "fetchNow">,
  status: ParticipantStatus,
  read: ReadHistory | null,
): History {
  if (read === null || read.person === null) return NOTHING;
  const visitor = c.get("visitor");
  const may = (action: Action) => visitor !== null && can(visitor, action, status);
  const now = clock();
  const mayChange = may("participant.change");
  const { person, changes, withdrawal } = read;
  const messages = may("message.read") ? read.messages : [];
  const entries = may("participant.audit") ? read.entries : [];
  return {
    participation: participationView(person, changes, withdrawal, { mayChange, now }),
    done: wordsFor(doneWords, c.req.query("done")),
    messages: messages.map((message) => messageLine(message, now)),
    entries: entries.map(auditLine),
    mayFetch: fetchNow !== undefined && status.state === "active" && may("participant.fetch"),
  };
}
