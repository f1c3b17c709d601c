import { isEmail } from "../messages/email-address.ts";

/** One message to one person. Nothing in it is checked by the libraries below: `checkMail` has to be asked first. */
export type OutgoingMail = Readonly<{
  /** Our own id of the message: sent along, so that reports about it can be told apart. */
  key: string;
  to: Address;
  subject: string;
  text: string;
  html: string;
  /** Where one click (RFC 8058) ends all messages to a participant; null for mail to staff. */
  unsubscribeUrl: string | null;
}>;

export type Address = Readonly<{ email: string; name: string }>;

/** From whom, and where answers go. */
export type Sender = Readonly<{ from: Address; replyTo: string }>;

/**
 * What came of handing a message over. `unknown`: bytes left and no answer came, so it may have been sent, and only
 * the provider's report or a person can tell. `retry`: it has certainly not been sent. Reasons are fixed words.
 */
export type MailOutcome =
  | Readonly<{ status: "accepted"; providerMessageId: string | null }>
  | Readonly<{ status: "rejected"; reason: string }>
  | Readonly<{ status: "retry"; reason: string; afterSeconds: number }>
  | Readonly<{ status: "unknown"; reason: string }>;

/** A way for messages to leave. Never throws: errors of mail libraries hold addresses and keys. */
export type Mailer = Readonly<{
  name: "sendgrid" | "smtp" | "outbox";
  send(mail: OutgoingMail): Promise<MailOutcome>;
}>;

const CONTROL = /\p{Cc}/u;

/** What is wrong with a message, in fixed words that hold none of it; null when it may be handed over. */
export function checkMail({ to, subject, unsubscribeUrl }: OutgoingMail): string | null {
  if (!isEmail(to.email)) return "the address is no single plain address";
  if (CONTROL.test(to.name) || to.name.length > 200) return "the name cannot stand in a header";
  if (CONTROL.test(subject) || subject === "" || subject.length > 200)
    return "the subject cannot stand in a header";
  if (unsubscribeUrl !== null && (CONTROL.test(unsubscribeUrl) || !URL.canParse(unsubscribeUrl)))
    return "the link is none";
  return null;
}

/** The headers by which a mail program offers to unsubscribe with one click. */
export function unsubscribeHeaders({ unsubscribeUrl }: OutgoingMail): Record<string, string> {
  if (unsubscribeUrl === null) return {};
  return {
    "List-Unsubscribe": `<${unsubscribeUrl}>`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  };
}

/** The embedded default: nothing leaves this machine; the message stays where the page Outbox shows it. */
export function createOutbox(): Mailer {
  return {
    name: "outbox",
    send: async () => ({ status: "accepted", providerMessageId: null }),
  };
}
