import { isEmail } from "../messages/email-address.ts";
import type { Mailer, Sender } from "./mailer.ts";
import { createOutbox } from "./mailer.ts";
import { createSendgridMailer } from "./sendgrid.ts";
import { createSmtpMailer } from "./smtp.ts";

/** What is set about mail; names are those of the environment. */
export type MailSettings = Readonly<{
  SENDGRID_API_KEY?: string | undefined;
  SENDGRID_URL: string;
  SENDGRID_UNSUBSCRIBE_GROUP?: number | undefined;
  SMTP_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  MAIL_FROM_NAME: string;
  MAIL_REPLY_TO?: string | undefined;
}>;

/** The way messages leave here: SendGrid, else SMTP, else none (the outbox). Throws in words when half of one is set. */
export function createMailer(settings: MailSettings): Mailer {
  const { SENDGRID_API_KEY: apiKey, SMTP_URL: url } = settings;
  if (apiKey !== undefined && url !== undefined) {
    throw new Error("Set SENDGRID_API_KEY or SMTP_URL, not both");
  }
  if (url !== undefined) return createSmtpMailer({ ...senderOf(settings), url });
  if (apiKey === undefined) return createOutbox();
  const { SENDGRID_URL: baseUrl, SENDGRID_UNSUBSCRIBE_GROUP: unsubscribeGroup = null } = settings;
  return createSendgridMailer({ ...senderOf(settings), apiKey, baseUrl, unsubscribeGroup });
}

function senderOf({
  MAIL_FROM: email,
  MAIL_FROM_NAME: name,
  MAIL_REPLY_TO: replyTo = email,
}: MailSettings): Sender {
  if (email === undefined || !isEmail(email)) {
    throw new Error("MAIL_FROM must be the one plain address that messages come from");
  }
  if (replyTo === undefined || !isEmail(replyTo)) {
    throw new Error("MAIL_REPLY_TO must be one plain address");
  }
  return { from: { email, name }, replyTo };
}
