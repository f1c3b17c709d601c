import type { Context } from "hono";
import type { Action } from "../auth/can.ts";
import { can } from "../auth/can.ts";
import { readEntries } from "../sql/audit-chain.ts";
import { listMessages } from "../sql/messages.ts";
import { mustFindParticipant, readParticipantHistory } from "../sql/participant-changes.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import { readWithdrawal } from "../sql/withdrawals.ts";
import type { AuditLine } from "./audit.ts";
import { auditLine } from "./audit.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { MessageLine } from "./message-words.ts";
import { messageLine } from "./message-words.ts";
import type { ParticipationView } from "./participation-view.ts";
import { participationView } from "./participation-view.ts";

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

export async function readHistory(
  c: Context<AppEnv>,
  { db, clock, fetchNow }: Pick<AppDeps, "db" | "clock" | "fetchNow">,
  status: ParticipantStatus,
): Promise<History> {
  const visitor = c.get("visitor");
  // A page left open asks for its facts only, again and again.
  if (c.req.header("HX-Request") === "true") return NOTHING;
  const may = (action: Action) => visitor !== null && can(visitor, action, status);
  const { participant } = status;
  const filter = { entity: participant, before: null, limit: SHOWN };
  const [messages, entries, person, states, withdrawal] = await Promise.all([
    may("message.read") ? listMessages(db, { participant, limit: SHOWN }) : [],
    may("participant.audit") ? readEntries(db, filter) : [],
    mustFindParticipant(db, participant),
    readParticipantHistory(db, participant),
    readWithdrawal(db, participant),
  ]);
  const now = clock();
  const mayChange = may("participant.change");
  return {
    participation: participationView(person, states, withdrawal, { mayChange, now }),
    done: doneWords[c.req.query("done") ?? ""] ?? "",
    messages: messages.map((message) => messageLine(message, now)),
    entries: entries.map(auditLine),
    mayFetch: fetchNow !== undefined && status.state === "active" && may("participant.fetch"),
  };
}
