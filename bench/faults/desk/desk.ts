import { createSign } from "node:crypto";
import { createContactActivities } from "../../../activities/contact.ts";
import { idOf, startContactPages, WHO } from "../../../api/contact-pages-for-tests.ts";
import type { Mailer } from "../../../mail/mailer.ts";

/** Pages, contact data and messages on a database of their own, without Temporal, and a mailer that keeps what it gets. */
export type Desk = Awaited<ReturnType<typeof startContactPages>>;

/** Somebody whose device has not synced for two days, and who may be written to. */
export { idOf, startContactPages as createDesk, WHO };

/** Forgets every message, so that no cool-down and no earlier test decides. */
export async function clearMessages({ world }: Desk): Promise<void> {
  await world.deps.db.query("delete from study.message");
  world.sent.length = 0;
  world.answer({ status: "accepted", providerMessageId: "x" });
}

/** Looks at a message as its workflow does, at once instead of after each wait, until it is over. */
export async function sendToItsEnd(
  { world }: Desk,
  message: string,
  mailer?: Mailer,
): Promise<string> {
  const { sendMessage } = createContactActivities({ ...world.deps, ...(mailer && { mailer }) });
  for (let look = 0; look < 10; look += 1) {
    const { outcome } = await sendMessage({ message });
    if (outcome !== "wait") return outcome;
  }
  return "wait";
}

type Event = Readonly<{ event: string; message: string; id?: string }>;

export type Report = Readonly<{ raw: string; signature: string; timestamp: string }>;

/** A report as SendGrid signs it, so many seconds ago. */
export function signedReport(
  { privateKey }: Pick<Desk, "privateKey">,
  events: readonly Event[],
  secondsAgo = 0,
): Report {
  const seconds = Math.floor(Date.now() / 1000) - secondsAgo;
  const raw = JSON.stringify(
    events.map(({ event, message, id = event }) => ({
      event,
      timestamp: seconds,
      sg_event_id: `${message}-${id}`,
      message_key: message,
    })),
  );
  const signature = createSign("sha256").update(`${seconds}${raw}`).sign(privateKey, "base64");
  return { raw, signature, timestamp: String(seconds) };
}

/** Hands a report in as the provider does; answers the status. */
export async function handIn(
  { app }: Pick<Desk, "app">,
  { raw, signature, timestamp }: Report,
): Promise<number> {
  const headers = {
    "X-Twilio-Email-Event-Webhook-Signature": signature,
    "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
  };
  const reply = await app.request("/mail/events/sendgrid", { method: "POST", body: raw, headers });
  return reply.status;
}

/** A message to WHO that has left. */
export async function leftMessage(desk: Desk): Promise<string> {
  await clearMessages(desk);
  const id = idOf(await desk.draft());
  await desk.world.deps.db.query("update study.message set status = 'accepted', sent_at = now()");
  return id;
}

/** How many rows a table has, or some of it. */
export async function countOf({ world }: Desk, from: string): Promise<number> {
  const { rows } = await world.deps.db.query<{ n: number }>(
    `select count(*)::int as n from ${from}`,
  );
  return rows[0]?.n ?? 0;
}
