import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { Action } from "../auth/can.ts";
import { mustReach, reachable, requires } from "../auth/visitor.ts";
import { writeAudit } from "../sql/audit.ts";
import type { Message } from "../sql/messages.ts";
import {
  cancelMessage,
  findMessage,
  listMessages,
  queueMessage,
  readBody,
  resolveUnknown,
} from "../sql/messages.ts";
import { Refusal } from "../sql/refusal.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { createMessagePage } from "./message-page.ts";
import { messageLine } from "./message-words.ts";
import type { Pages } from "./page.ts";
import { withPatience } from "./status-reader.ts";

const LISTED = 200;
const Id = z.uuid();

type Deps = Pick<AppDeps, "db" | "clock" | "log" | "temporalUiUrl" | "temporalNamespace"> &
  Readonly<{ contact: ContactPages }>;

/** /messages: the log and the outbox; one message, its exact bytes, and what can be done with it. */
export function messageRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db, clock, contact } = deps;
  const routes = new Hono<AppEnv>();
  const show = createMessagePage(deps, pages);
  const find = async (c: Context<AppEnv>, action: Action): Promise<Message> => {
    const id = Id.safeParse(c.req.param("id"));
    const message = id.success ? await withPatience(findMessage(db, id.data)) : null;
    if (message === null) throw new HTTPException(404);
    mustReach(c.get("visitor"), action, message);
    return message;
  };

  routes.get("/messages", requires("message.read"), async (c) => {
    const visitor = c.get("visitor");
    const asked = { site: visitor?.site ?? null, limit: LISTED };
    const mine = reachable(visitor, "message.read", await withPatience(listMessages(db, asked)));
    return pages.send(c, {
      view: "messages",
      fragment: "messages",
      title: "Messages",
      studies: [],
      fault: null,
      data: {
        outbox: contact.mailer === "outbox",
        lines: mine.map((message) => messageLine(message, clock())),
      },
    });
  });
  routes.get("/messages/:id", requires("message.read"), async (c) =>
    show(c, await find(c, "message.read"), ""),
  );
  routes.get("/messages/:id/body", requires("contact.read"), async (c) =>
    sendBody(c, deps, await find(c, "contact.read")),
  );
  for (const verb of ["send", "cancel", "arrived", "lost"] as const) {
    routes.post(`/messages/:id/${verb}`, requires("message.send"), async (c) => {
      const message = await find(c, "message.send");
      try {
        await act[verb](deps, message, { by: c.get("visitor")?.name ?? "", why: reasons[verb] });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        c.status(422);
        return show(c, message, error.message);
      }
      return c.redirect(`/messages/${message.id}`, 303);
    });
  }
  return routes;
}

const reasons = {
  send: "sent from the preview",
  cancel: "taken back",
  arrived: "found out that it arrived",
  lost: "found out that it did not arrive",
} as const;

type Act = (
  deps: Deps,
  message: Message,
  because: Readonly<{ by: string; why: string }>,
) => Promise<void>;

const act: Readonly<Record<keyof typeof reasons, Act>> = {
  async send({ db, contact, log }, message, because) {
    // A second click is the first one's: it finds the message on its way.
    if (!(await queueMessage(db, message, because))) return;
    await contact.start(message).catch((error: unknown) => {
      // The message waits in the database; the worker starts its workflow when Temporal is back.
      const name = error instanceof Error ? error.name : "?";
      log.warn({ message: message.id, error: name }, "no workflow yet for a queued message");
    });
  },
  async cancel({ db, contact, log }, message, because) {
    if (!(await cancelMessage(db, message, because))) {
      throw new Refusal("message", "It was too late: the message has gone on");
    }
    await contact.takenBack(message).catch((error: unknown) => {
      // Its workflow finds out when it looks.
      const name = error instanceof Error ? error.name : "?";
      log.warn(
        { message: message.id, error: name },
        "a taken-back message's workflow was not told",
      );
    });
  },
  async arrived({ db }, message, because) {
    await resolve(db, message, true, because);
  },
  async lost({ db }, message, because) {
    await resolve(db, message, false, because);
  },
};

async function resolve(
  db: Deps["db"],
  message: Message,
  arrived: boolean,
  because: Readonly<{ by: string; why: string }>,
): Promise<void> {
  if (await resolveUnknown(db, { ...message, arrived }, because)) return;
  throw new Refusal(
    "message",
    "Somebody, or the mail provider, has said what became of it already",
  );
}

/** The exact bytes, as HTML in a sandbox of its own or as the plain part. A reading of contact data. */
async function sendBody(c: Context<AppEnv>, { db, contact }: Deps, message: Message) {
  const body = await withPatience(readBody({ db, cipher: contact.cipher }, message));
  if (body === null) throw new HTTPException(404);
  await writeAudit(db, {
    actor: c.get("visitor")?.name ?? "",
    action: "contact.read",
    entity: message.participant,
    reason: "looked at a message",
    detail: { fields: ["message"], message: message.id },
  });
  c.set("preview", true);
  if (c.req.query("as") === "text") return c.text(`${body.subject}\n\n${body.text}`);
  return c.html(body.html);
}
