import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { reachable, requires } from "../auth/visitor.ts";
import { makeDraft, studyOf } from "../messages/draft-message.ts";
import type { TemplateName } from "../messages/template-names.ts";
import { TEMPLATE_NAMES } from "../messages/template-names.ts";
import { readGrounds, readPermission } from "../sql/message-sending.ts";
import { queueMessage } from "../sql/messages.ts";
import type { Participant } from "../sql/participants.ts";
import { listParticipants } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { permissionWords, suggestedTemplate, templateTitle } from "./message-words.ts";
import type { Pages } from "./page.ts";
import { noLargerThan } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";

/** As many as a page of the list shows. */
const MOST = 50;
const FORM_BYTES = 16 * 1024;
/** Before an id: what of them was reviewed. */
const ABOUT = "about-";
const Ids = z.array(z.string().max(30)).max(MOST).catch([]);

type Deps = Pick<AppDeps, "db" | "clock" | "log"> &
  Readonly<{ contact: ContactPages; publicUrl: string }>;

/** Somebody of a selection: what they would be written to about, and why or why not. */
type Chosen = Readonly<{
  person: Participant;
  template: TemplateName;
  may: boolean;
  /** The same goes out to them today already, as after a second click. */
  isDone: boolean;
  when: string;
  reasons: readonly string[];
}>;

/** /bulk: a review of a selection, who is written to about what and who is left out and why; then what was reviewed, at once, but for who is otherwise by now. */
export function bulkRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db, contact } = deps;
  const routes = new Hono<AppEnv>();
  const selectOf = async (ids: readonly string[], visitor: AppEnv["Variables"]["visitor"]) => {
    const wanted = new Set(ids);
    const everybody = await withPatience(listParticipants(db));
    const mine = reachable(visitor, "message.send", everybody);
    return judge(
      db,
      mine.filter(({ shortId }) => wanted.has(shortId)),
    );
  };

  routes.get("/bulk", requires("message.send"), async (c) => {
    const ids = Ids.parse(c.req.queries("id") ?? []);
    const chosen = await selectOf(ids, c.get("visitor"));
    return pages.send(c, {
      view: "bulk",
      fragment: "bulk",
      title: "Write to several",
      studies: [],
      fault: null,
      data: {
        outbox: contact.mailer === "outbox",
        changed: c.req.query("done") === "changed",
        about: ABOUT,
        would: chosen.filter(({ may }) => may).map(line),
        leftOut: chosen.filter(({ may }) => !may).map(line),
      },
    });
  });
  routes.post("/bulk", requires("message.send"), noLargerThan(FORM_BYTES, pages), async (c) => {
    const { ids, about } = await readReviewed(c);
    const by = c.get("visitor")?.name ?? "";
    const chosen = await selectOf(ids, c.get("visitor"));
    const changed = await sendReviewed(deps, chosen, { about, by });
    if (changed.length === 0) return c.redirect("/messages", 303);
    const again = changed.map((id) => `id=${encodeURIComponent(id)}&`).join("");
    return c.redirect(`/bulk?${again}done=changed`, 303);
  });
  return routes;
}

/** Who was chosen, and what of each was reviewed; a body that is no form is refused. */
async function readReviewed(c: Context<AppEnv>) {
  const form = await c.req.parseBody({ all: true }).catch((cause: unknown) => {
    throw new HTTPException(400, { cause });
  });
  const ids = Ids.parse([form["id"]].flat().filter((each) => typeof each === "string"));
  return { ids, about: (id: string): unknown => form[`${ABOUT}${id}`] };
}

/** Whether somebody is still as they were reviewed; who was not among those to be written to is left alone. */
function standingOf({ template, may, isDone }: Chosen, about: unknown) {
  if (typeof about !== "string" || isDone) return "leave";
  return may && template === about ? "send" : "changed";
}

/** Sends to who is as they were reviewed; returns the ids of who is not any more. Each is asked about once more when it goes. */
async function sendReviewed(
  deps: Deps,
  chosen: readonly Chosen[],
  { about, by }: Readonly<{ about: (id: string) => unknown; by: string }>,
): Promise<string[]> {
  const changed: string[] = [];
  for (const one of chosen) {
    const { shortId } = one.person;
    const standing = standingOf(one, about(shortId));
    if (standing === "changed") changed.push(shortId);
    if (standing === "send") await sendOne(deps, one, by);
  }
  return changed;
}

async function sendOne(
  { db, clock, log, contact, publicUrl }: Deps,
  { person, template }: Chosen,
  by: string,
): Promise<void> {
  const drafts = { db, clock, publicUrl, cipher: contact.cipher };
  const message = await writeOne(drafts, person, template, by);
  if (message === null) return;
  await contact.start(message).catch((error: unknown) => {
    // It waits in the database; the worker starts its workflow when Temporal is back.
    const name = error instanceof Error ? error.name : "?";
    log.warn({ message: message.id, error: name }, "no workflow yet for a queued message");
  });
}

async function judge(db: AppDeps["db"], people: readonly Participant[]): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const person of people) {
    const { id: participantId, timeZone } = person;
    const { settings } = await withPatience(studyOf(db, person));
    const about = { participantId, templates: TEMPLATE_NAMES };
    const template = suggestedTemplate(await withPatience(readGrounds(db, about, settings)));
    const permission = await withPatience(
      readPermission(db, { participantId, template }, settings),
    );
    const words = permissionWords(permission, timeZone);
    const isDone = permission.refusals.includes("same_today");
    // Thanks are said to one at a time, by somebody who means it.
    const judged = template === "thanks" ? nothingToSay(words) : words;
    chosen.push({ person, template, isDone, ...judged });
  }
  return chosen;
}

function nothingToSay(words: ReturnType<typeof permissionWords>) {
  return {
    ...words,
    may: false,
    reasons: ["nothing is true of them that asks for a message", ...words.reasons],
  };
}

/** One message of the selection; null where somebody was quicker. */
async function writeOne(
  drafts: Parameters<typeof makeDraft>[0],
  person: Participant,
  template: TemplateName,
  by: string,
) {
  const { shortId: participant, study } = person;
  try {
    const id = await makeDraft(drafts, person, { template, paragraph: "" }, by);
    const isQueued = await queueMessage(
      drafts.db,
      { id, participant },
      { by, why: "sent to several" },
    );
    return isQueued ? { id, participant, study } : null;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function line({ person: { shortId }, template, when, reasons }: Chosen) {
  return {
    participant: shortId,
    template,
    title: templateTitle(template),
    when,
    reasons: reasons.join("; "),
  };
}
