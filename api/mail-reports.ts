import type { Context } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { isSignedBySendgrid, readSendgridReports } from "../messages/sendgrid-reports.ts";
import { unsubscribeText } from "../messages/unsubscribe-url.ts";
import { setDoNotContact } from "../sql/contacts.ts";
import { takeEvents } from "../sql/message-events.ts";
import { findMessage } from "../sql/messages.ts";
import { countRefusedReport } from "../sql/report-refusals.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import type { Pages } from "./page.ts";
import { readTexts } from "./set-up-form.ts";

const REPORT_BYTES = 2 * 1024 * 1024;
const Id = z.uuid();

type Deps = Pick<AppDeps, "db" | "clock" | "log"> & Readonly<{ contact: ContactPages }>;

/** What comes from outside without a session: the mail provider's signed reports, and a participant's unsubscription. */
export function mailReportRoutes({ db, clock, log, contact }: Deps, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.post("/mail/events/sendgrid", bodyLimit({ maxSize: REPORT_BYTES }), async (c) => {
    if (contact.eventKey === null) throw new HTTPException(404);
    const raw = Buffer.from(await c.req.arrayBuffer());
    const given = {
      publicKey: contact.eventKey,
      signature: c.req.header("X-Twilio-Email-Event-Webhook-Signature") ?? "",
      timestamp: c.req.header("X-Twilio-Email-Event-Webhook-Timestamp") ?? "",
    };
    if (!isSignedBySendgrid(given, raw, clock())) {
      await countRefusedReport(db, "sendgrid");
      return c.body(null, 401);
    }
    const reports = readSendgridReports(raw);
    if (reports === null) return c.body(null, 400);
    const events = reports.map(({ messageKey: messageId, ...report }) => ({
      provider: "sendgrid",
      messageId,
      ...report,
    }));
    const fresh = await takeEvents(db, events);
    log.info({ reports: reports.length, fresh }, "mail reports taken");
    return c.body(null, 204);
  });

  routes.get("/unsubscribe", async (c) => {
    const { m = "", s = "" } = c.req.query();
    if (!isOurLink(contact, m, s)) throw new HTTPException(410);
    return page(c, pages, { m, s, done: false });
  });
  routes.post("/unsubscribe", bodyLimit({ maxSize: 4096 }), async (c) => {
    // A mail program's one click sends the link's own query; the page's form sends the same as fields.
    const { m = "", s = "" } = { ...(await readTexts(c)), ...c.req.query() };
    if (!isOurLink(contact, m, s)) throw new HTTPException(410);
    const message = await findMessage(db, m);
    if (message !== null) {
      const { participantId: id, participant: shortId } = message;
      const because = { by: "participant", why: "by the link in a message" };
      await setDoNotContact(db, { id, shortId, reason: "unsubscribed" }, because);
    }
    return page(c, pages, { m, s, done: true });
  });
  return routes;
}

function isOurLink({ cipher }: ContactPages, message: string, signature: string): boolean {
  return Id.safeParse(message).success && cipher.isSigned(unsubscribeText(message), signature);
}

function page(c: Context<AppEnv>, pages: Pages, data: object): Response {
  return pages.send(c, {
    view: "unsubscribe",
    fragment: "unsubscribe",
    title: "Messages from the study",
    studies: [],
    fault: null,
    data: { ...data },
  });
}
