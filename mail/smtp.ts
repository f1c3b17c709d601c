import { createTransport } from "nodemailer";
import type { Mailer, MailOutcome, OutgoingMail, Sender } from "./mailer.ts";
import { unsubscribeHeaders } from "./mailer.ts";

const TIMEOUT_MS = 15_000;
const RETRY_SECONDS = 60;
/** What a connection fails with before a byte of the message has left. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|EDNS|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAUTH|ETLS|ECONNECTION)$/;

export type SmtpSettings = Sender & Readonly<{ url: string; timeoutMs?: number }>;

/** Hands messages to an SMTP server, one recipient each, under a Message-ID that is always the same for the message. */
export function createSmtpMailer({
  url,
  from,
  replyTo,
  timeoutMs = TIMEOUT_MS,
}: SmtpSettings): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.email.split("@").at(-1) ?? "wearflow.invalid";
  return {
    name: "smtp",
    async send(mail) {
      const messageId = `<${mail.key}@${domain}>`;
      try {
        const { rejected } = await transport.sendMail(
          toMessage(mail, { from, replyTo, messageId }),
        );
        if (rejected.length > 0) return { status: "rejected", reason: "the server refused it" };
        return { status: "accepted", providerMessageId: messageId };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

/** Addresses as objects: given as text they can become two. */
function toMessage(
  mail: OutgoingMail,
  { from, replyTo, messageId }: Sender & { messageId: string },
) {
  const { to, subject, text, html } = mail;
  const address = ({ email, name }: OutgoingMail["to"]) => ({ address: email, name });
  return {
    from: address(from),
    to: address(to),
    replyTo: address({ email: replyTo, name: from.name }),
    messageId,
    subject,
    text,
    html,
    headers: { ...unsubscribeHeaders(mail), "Auto-Submitted": "auto-generated" },
  };
}

/** A server's word is final or temporary by its code; silence after the connection stood is unknown. */
function outcomeOf(error: unknown): MailOutcome {
  const { code, responseCode } = detailsOf(error);
  if (responseCode >= 500)
    return { status: "rejected", reason: `the server answered ${responseCode}` };
  if (responseCode >= 400) {
    return {
      status: "retry",
      reason: `the server answered ${responseCode}`,
      afterSeconds: RETRY_SECONDS,
    };
  }
  if (NOT_CONNECTED.test(code)) {
    return { status: "retry", reason: `no connection: ${code}`, afterSeconds: RETRY_SECONDS };
  }
  return { status: "unknown", reason: "no answer after the message was handed over" };
}

function detailsOf(error: unknown): Readonly<{ code: string; responseCode: number }> {
  const at = (key: string) =>
    typeof error === "object" && error !== null && key in error
      ? (error as Record<string, unknown>)[key]
      : undefined;
  // nodemailer calls every failed socket ESOCKET and keeps the system's code beside it.
  const cause = /\b(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)\b/.exec(
    String(at("message")),
  )?.[1];
  const code = at("code");
  return {
    code: cause ?? (typeof code === "string" ? code : ""),
    responseCode: Number(at("responseCode") ?? 0),
  };
}
