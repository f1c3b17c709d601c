import type { TemplateName } from "../messages/template-names.ts";
import { TEMPLATE_NAMES, templateWords } from "../messages/template-names.ts";
import type { Permission } from "../sql/message-sending.ts";
import type { Message, MessageStatus } from "../sql/messages.ts";
import { localMoment, relativeTime } from "./format.ts";
import type { Chip } from "./words.ts";

/** Why somebody may not be written to, by the database's codes. */
const refusalWords: Readonly<Record<string, string>> = {
  withdrawn: "has withdrawn: nobody who has is written to",
  state: "is in a state in which this is not written",
  no_address: "has no address here; fill in the contact card",
  no_email_consent: "has not agreed to e-mail",
  do_not_contact: "wants no messages",
  our_fault:
    "days of the last week could not be read by our or the provider's fault: nothing may rest on them",
  not_true: "what this message says is not so at the moment",
  out_of_date: "what it says has changed; write it anew",
  same_today: "the same message goes out to them today already",
  cool_down_24h: "was written to within the last 24 hours",
  cool_down_4d: "was written to twice within the last 4 days",
  cool_down_10d: "was written to four times within the last 10 days",
  taken_back: "taken back",
  campaign_ended: "its campaign was ended before it left",
  call: "the last messages had no effect: call",
  interrupted: "the sender was interrupted while it left",
  said_by_staff: "as a member of staff found out",
  reported: "as the mail provider reported",
};

/** A code in words; what is no code is fixed words already. */
export const reasonInWords = (code: string): string => refusalWords[code] ?? code;

export function reasonsInWords(codes: string): string {
  return codes.split(",").filter(Boolean).map(reasonInWords).join("; ");
}

const statusChips: Readonly<Record<MessageStatus, Chip>> = {
  draft: { tone: "quiet", words: "Not sent yet" },
  queued: { tone: "warn", words: "Waiting" },
  sending: { tone: "warn", words: "Leaving now" },
  accepted: { tone: "ok", words: "Handed over" },
  delivered: { tone: "ok", words: "Delivered" },
  bounced: { tone: "bad", words: "Came back" },
  failed: { tone: "bad", words: "Refused by the mail server" },
  unknown: { tone: "bad", words: "May have been sent" },
  cancelled: { tone: "quiet", words: "Not sent" },
};

/** What became of a message; one that only went into the outbox is never called sent. */
export function statusChip({ status, mailer }: Pick<Message, "status" | "mailer">): Chip {
  if (status === "accepted" && mailer === "outbox") {
    return { tone: "warn", words: "In the outbox: not sent" };
  }
  return statusChips[status];
}

export function templateTitle(name: string): string {
  const known = TEMPLATE_NAMES.find((each) => each === name);
  return known === undefined ? name : templateWords[known];
}

/** Whether what a message asked for followed. */
export function effectWords({ followed24h, followed48h, sentAt }: Message): string {
  if (followed24h) return "followed within 24 h";
  if (followed48h) return "followed within 48 h";
  if (followed48h === false) return "nothing followed within 48 h";
  return sentAt === null ? "" : "looked at after 24 and 48 h";
}

export type MessageLine = Readonly<{
  href: string;
  participant: string;
  title: string;
  chip: Chip;
  reason: string;
  at: string;
  words: string;
  by: string;
  effect: string;
}>;

/** A message as a line of a log. */
export function messageLine(message: Message, now: Date): MessageLine {
  const { id, participant, template, madeAt, madeBy, statusReason } = message;
  return {
    href: `/messages/${id}`,
    participant,
    title: templateTitle(template),
    chip: statusChip(message),
    reason: reasonsInWords(statusReason),
    at: madeAt.toISOString(),
    words: relativeTime(madeAt, now),
    by: madeBy,
    effect: effectWords(message),
  };
}

/** When a message would go and why it may; or everything that speaks against it. */
export function permissionWords(
  { refusals, quietUntil }: Permission,
  timeZone: string,
): Readonly<{ may: boolean; when: string; reasons: readonly string[] }> {
  const when =
    quietUntil === null
      ? "two minutes after you send it"
      : `at the end of quiet hours, ${localMoment(quietUntil, timeZone)}`;
  return { may: refusals.length === 0, when, reasons: refusals.map(reasonInWords) };
}

/** What to write to somebody of whom this is true, by `readGrounds`: the first of it, and thanks where nothing is. */
export function suggestedTemplate([first]: readonly string[]): TemplateName {
  return TEMPLATE_NAMES.find((each) => each === first) ?? "thanks";
}
