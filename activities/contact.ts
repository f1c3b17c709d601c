import { createHash } from "node:crypto";
import type { Mailer, MailOutcome, OutgoingMail } from "../mail/mailer.ts";
import { checkMail } from "../mail/mailer.ts";
import type { DraftDeps } from "../messages/draft-message.ts";
import { studyOf } from "../messages/draft-message.ts";
import { unsubscribeUrl } from "../messages/unsubscribe-url.ts";
import type { CampaignKey } from "../sql/consent-campaigns.ts";
import { listOpenCampaigns } from "../sql/consent-campaigns.ts";
import { readCard } from "../sql/contacts.ts";
import {
  claimMessage,
  listOverdue,
  noteEffect,
  readDue,
  settleAttempt,
  takePlace,
} from "../sql/message-sending.ts";
import type { Message } from "../sql/messages.ts";
import { findMessage, readBody } from "../sql/messages.ts";
import type { RulesApplied } from "./apply-rules.ts";
import { applyRules } from "./apply-rules.ts";
import type { FailureLog } from "./failure.ts";
import { failing } from "./failure.ts";

export type ContactDeps = DraftDeps &
  Readonly<{
    mailer: Mailer;
    perMinute: number;
    perDomain: number;
    /** Starts the workflow of a message that has none. */
    startContact: (
      message: Readonly<{ id: string; participant: string; study: string }>,
    ) => Promise<void>;
    /** Starts the workflow of a campaign that has none. */
    startCampaign: (campaign: CampaignKey) => Promise<void>;
    log: FailureLog;
  }>;

/** What came of one look at a message: it is over, or it waits so long and is looked at again. Fixed words only. */
export type Sent = Readonly<{
  outcome: "accepted" | "failed" | "unknown" | "cancelled" | "wait";
  detail: string;
  waitMs: number;
}>;

const PACE_WAIT_MS = 60_000;
const HOLD_WAIT_MS = 15 * 60_000;
const DOMAIN_HASH_DIGITS = 16;

/** Everything a message goes through between "Send" and its effect. Names and addresses stay inside. */
export function createContactActivities(deps: ContactDeps) {
  const { db, log } = deps;
  const guarded = <Value>(work: () => Promise<Value>) => failing(log, work);
  return {
    /** Looks at a message and sends it if its time has come and everything that allowed it still holds. */
    sendMessage: ({ message }: Readonly<{ message: string }>): Promise<Sent> =>
      guarded(() => sendOne(deps, message)),

    /** Whether what a message asked for has followed, so many hours after it went. */
    readEffect: ({ message, hours }: Readonly<{ message: string; hours: 24 | 48 }>) =>
      guarded(() => noteEffect(db, message, hours)),

    /** Lets the rules of every study write to whom they may; those that only propose send nothing. */
    applyMessageRules: (): Promise<RulesApplied> => guarded(() => applyRules(deps)),

    /** Starts the workflows of messages whose time has come and of open campaigns that have none, as after a day without Temporal. */
    startOverdueContacts: (): Promise<Readonly<{ started: number }>> =>
      guarded(async () => {
        const overdue = await listOverdue(db);
        for (const each of overdue) await deps.startContact(each);
        for (const { study, campaign } of await listOpenCampaigns(db))
          await deps.startCampaign({ study, campaign });
        return { started: overdue.length };
      }),
  };
}

async function sendOne(deps: ContactDeps, id: string): Promise<Sent> {
  const { db, mailer } = deps;
  const message = await findMessage(db, id);
  if (message === null) return over("cancelled", "the message is gone");
  const limits = await limitsOf(db, message.study);
  const due = await readDue(db, id, limits);
  if (due !== null && due.status === "queued" && due.waitMs > 0) {
    return { outcome: "wait", detail: "its time has not come", waitMs: due.waitMs };
  }
  const letter = await readLetter(deps, message);
  if (letter !== null && message.status === "queued" && !(await hasPlace(deps, letter))) {
    return { outcome: "wait", detail: "the minute is full", waitMs: PACE_WAIT_MS };
  }
  const reasons = await claimMessage(db, id, limits);
  if (reasons.length > 0) return notClaimed(reasons, message);
  // From here on bytes may leave: whatever happens, this message is not sent a second time by itself.
  const outcome = await handOver(deps, message, letter);
  await settleAttempt(db, id, {
    status: settled[outcome.status],
    reason: "reason" in outcome ? outcome.reason : "",
    mailer: mailer.name,
    providerMessageId: outcome.status === "accepted" ? outcome.providerMessageId : null,
  });
  return sentOf(outcome);
}

const settled = {
  accepted: "accepted",
  rejected: "failed",
  retry: "queued",
  unknown: "unknown",
} as const;

/** A message as it would leave, and the version of the contact card it was addressed by. */
type Letter = OutgoingMail & Readonly<{ card: string }>;

/** Null where its text or its address was erased. */
async function readLetter(
  { db, cipher, publicUrl }: ContactDeps,
  { id, participantId }: Message,
): Promise<Letter | null> {
  const { contact, version: card } = await readCard({ db, cipher }, participantId);
  const body = await readBody({ db, cipher }, { id, participantId });
  if (contact === null || body === null) return null;
  return {
    key: id,
    to: { email: contact.email, name: contact.name },
    ...body,
    unsubscribeUrl: unsubscribeUrl(publicUrl, id, cipher.sign),
    card,
  };
}

/** Whether this minute has room for one more, in all and to that domain. */
function hasPlace(
  { db, perMinute, perDomain }: ContactDeps,
  { to }: OutgoingMail,
): Promise<boolean> {
  const domain = to.email.split("@").at(-1) ?? "";
  const domainHash = createHash("sha256").update(domain).digest("hex").slice(0, DOMAIN_HASH_DIGITS);
  return takePlace(db, { domainHash, perMinute, perDomain });
}

/** Hands a claimed message over, unless it is none that could be, or the contact card has changed since it was read. */
async function handOver(
  { db, cipher, mailer }: ContactDeps,
  { participantId }: Message,
  letter: Letter | null,
): Promise<MailOutcome> {
  if (letter === null) return { status: "rejected", reason: "its text was erased" };
  const { card, ...mail } = letter;
  const fault = checkMail(mail);
  if (fault !== null) return { status: "rejected", reason: fault };
  if ((await readCard({ db, cipher }, participantId)).version !== card) {
    return { status: "retry", reason: "the contact card changed meanwhile", afterSeconds: 1 };
  }
  return mailer.send(mail);
}

async function limitsOf(db: ContactDeps["db"], study: string) {
  return (await studyOf(db, { study })).settings;
}

const over = (outcome: Sent["outcome"], detail: string): Sent => ({ outcome, detail, waitMs: 0 });

/** Somebody else has it, it may not be sent any more, or its sender died with it in hand. */
function notClaimed(reasons: readonly string[], { status }: Message): Sent {
  if (reasons.includes("interrupted")) return over("unknown", "its sender was interrupted");
  if (reasons.includes("held")) {
    return { outcome: "wait", detail: "all messages of the study are held", waitMs: HOLD_WAIT_MS };
  }
  if (reasons.includes("undo_open")) {
    return { outcome: "wait", detail: "it can still be taken back", waitMs: 1000 };
  }
  const known = {
    accepted: "accepted",
    delivered: "accepted",
    unknown: "unknown",
    failed: "failed",
  } as const;
  const before = status in known ? known[status as keyof typeof known] : undefined;
  if (reasons.includes("not_queued") && before !== undefined)
    return over(before, `it was ${status} before`);
  return over("cancelled", reasons.join(", "));
}

function sentOf(outcome: MailOutcome): Sent {
  if (outcome.status === "accepted") return over("accepted", "handed over");
  if (outcome.status === "retry") {
    return { outcome: "wait", detail: outcome.reason, waitMs: outcome.afterSeconds * 1000 };
  }
  return over(outcome.status === "unknown" ? "unknown" : "failed", outcome.reason);
}
