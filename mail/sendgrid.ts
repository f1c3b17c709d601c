import sharedClient from "@sendgrid/client";
import sharedMail from "@sendgrid/mail";
import type { Mailer, MailOutcome, OutgoingMail, Sender } from "./mailer.ts";
import { unsubscribeHeaders } from "./mailer.ts";

/** The packages export one shared client each, and beside it the class, which their types do not say. */
type Made<Shared> = new () => Shared;
const { Client } = sharedClient as unknown as { Client: Made<typeof sharedClient> };
const { MailService } = sharedMail as unknown as { MailService: Made<typeof sharedMail> };

/** What axios takes beside it, which the types do not say. */
type Defaults = Parameters<typeof sharedClient.setDefaultRequest>[0] & object;

const TIMEOUT_MS = 10_000;
const RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 3600;
/** What a connection fails with before a byte of the message has left. */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

export type SendgridSettings = Sender &
  Readonly<{
    apiKey: string;
    baseUrl: string;
    /** The unsubscribe group of study reminders at SendGrid; null for none. */
    unsubscribeGroup: number | null;
    timeoutMs?: number;
  }>;

/**
 * Hands messages to SendGrid by a client of our own. Redirects are not followed and no proxy of the environment is
 * used; only 202 with a message id is "accepted": an HTML page with 200 is not. No tracking, no name and no measured
 * value in what SendGrid keeps: only our key.
 */
export function createSendgridMailer(settings: SendgridSettings): Mailer {
  const client = new Client();
  client.setApiKey(settings.apiKey);
  const { baseUrl, timeoutMs: timeout = TIMEOUT_MS } = settings;
  // After setApiKey, which sets the address back.
  client.setDefaultRequest({
    baseUrl,
    timeout,
    maxRedirects: 0,
    proxy: false,
  } as unknown as Defaults);
  const service = new MailService();
  service.setClient(client);
  return {
    name: "sendgrid",
    async send(mail) {
      try {
        const [reply] = await service.send(toMessage(mail, settings));
        const id: unknown = reply.headers["x-message-id"];
        if (reply.statusCode === 202 && typeof id === "string" && id !== "") {
          return { status: "accepted", providerMessageId: id };
        }
        return { status: "unknown", reason: `the answer was no receipt (${reply.statusCode})` };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

function toMessage(mail: OutgoingMail, { from, replyTo, unsubscribeGroup }: SendgridSettings) {
  const { key, to, subject, text, html } = mail;
  const off = { enable: false };
  return {
    from,
    to,
    replyTo,
    subject,
    text,
    html,
    customArgs: { message_key: key },
    headers: unsubscribeHeaders(mail),
    // The group is of reminders to participants.
    ...(unsubscribeGroup !== null &&
      mail.unsubscribeUrl !== null && { asm: { groupId: unsubscribeGroup } }),
    trackingSettings: {
      clickTracking: { enable: false, enableText: false },
      openTracking: off,
      subscriptionTracking: off,
      ganalytics: off,
    },
  };
}

/** By status and code alone: what a library throws holds the key and the address. */
function outcomeOf(error: unknown): MailOutcome {
  const { code, headers } = detailsOf(error);
  const status = Number(code);
  if (status === 429 || status === 503) {
    return {
      status: "retry",
      reason: `SendGrid answered ${status}`,
      afterSeconds: waitOf(headers),
    };
  }
  if (status >= 400 && status < 500) {
    return { status: "rejected", reason: `SendGrid answered ${status}` };
  }
  if (NOT_CONNECTED.test(String(code))) {
    return {
      status: "retry",
      reason: `no connection: ${String(code)}`,
      afterSeconds: RETRY_SECONDS,
    };
  }
  return { status: "unknown", reason: "no receipt after the message was handed over" };
}

function detailsOf(error: unknown): Readonly<{ code: unknown; headers: Record<string, unknown> }> {
  if (typeof error !== "object" || error === null) return { code: "", headers: {} };
  const { code, response } = error as { code?: unknown; response?: { headers?: unknown } };
  const headers = response?.headers;
  return {
    code: code ?? "",
    headers: typeof headers === "object" && headers !== null ? { ...headers } : {},
  };
}

/** SendGrid says when its limit ends as an instant in seconds. */
function waitOf(headers: Record<string, unknown>): number {
  const seconds = Number(headers["x-ratelimit-reset"]) - Date.now() / 1000;
  if (!Number.isFinite(seconds)) return RETRY_SECONDS;
  return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)));
}
