import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, requires } from "../auth/visitor.ts";
import { makeDraft, studyOf } from "../messages/draft-message.ts";
import { paragraphFault } from "../messages/paragraph.ts";
import {
  languageFor,
  languageWords,
  TEMPLATE_NAMES,
  templateWords,
} from "../messages/template-names.ts";
import { readGrounds, readPermission } from "../sql/message-sending.ts";
import { listMessages } from "../sql/messages.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { messageLine, permissionWords, suggestedTemplate } from "./message-words.ts";
import type { Pages } from "./page.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { formView, noLargerThan, readTexts } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 16 * 1024;

type Deps = Pick<AppDeps, "db" | "clock"> & Readonly<{ contact: ContactPages; publicUrl: string }>;

/** /participants/<id>/write: choose what to write, see why it may go or not; the draft it makes is what is previewed and sent. */
export function writeRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db } = deps;
  const routes = new Hono<AppEnv>();
  const show = createShow(deps, pages);

  routes.get("/participants/:id/write", requires("message.send"), async (c) =>
    show(c, await findAddressee(c, db), null),
  );
  routes.post(
    "/participants/:id/write",
    requires("message.send"),
    noLargerThan(FORM_BYTES, pages),
    async (c) => {
      const person = await findAddressee(c, db);
      const values = await readTexts(c);
      const refuse = (errors: Texts) => {
        c.status(422);
        return show(c, person, { form: "write", values, errors });
      };
      const fault = paragraphFault(values["paragraph"] ?? "");
      if (fault !== null) return refuse({ paragraph: fault });
      try {
        const id = await makeDraft(
          draftsOf(deps),
          person,
          wishOf(values),
          c.get("visitor")?.name ?? "",
        );
        return c.redirect(`/messages/${id}`, 303);
      } catch (error) {
        if (error instanceof Refusal) return refuse({ [error.field]: error.message });
        throw error;
      }
    },
  );
  return routes;
}

async function findAddressee(c: Context<AppEnv>, db: AppDeps["db"]): Promise<Participant> {
  const person = await withPatience(findParticipant(db, c.req.param("id") ?? ""));
  if (person === null) throw new HTTPException(404);
  mustReach(c.get("visitor"), "message.send", person);
  return person;
}

const draftsOf = ({ db, clock, contact: { cipher }, publicUrl }: Deps) => ({
  db,
  clock,
  cipher,
  publicUrl,
});

/** What was chosen and typed; a template that is none is a refusal. */
function wishOf({ template: wish = "", paragraph = "" }: Texts) {
  const template = TEMPLATE_NAMES.find((each) => each === wish);
  if (template === undefined) throw new Refusal("template", "Choose what to write about");
  return { template, paragraph };
}

function createShow({ db, clock }: Deps, pages: Pages) {
  return async (c: Context<AppEnv>, person: Participant, failed: Failed | null) => {
    const { id: participantId, shortId: participant, timeZone } = person;
    const { settings } = await withPatience(studyOf(db, person));
    const about = { participantId, templates: TEMPLATE_NAMES };
    const grounds = await withPatience(readGrounds(db, about, settings));
    const template = suggestedTemplate(grounds);
    const permission = await withPatience(
      readPermission(db, { participantId, template }, settings),
    );
    const log = await withPatience(listMessages(db, { participant, limit: 10 }));
    return pages.send(c, {
      view: "write-message",
      fragment: "write-message",
      title: `Write to ${participant}`,
      studies: [],
      fault: null,
      data: {
        participant,
        suggestion: templateWords[template],
        ...permissionWords(permission, timeZone),
        form: formView(writeForm(participant, template, grounds), failed),
        log: log.map((message) => messageLine(message, clock())),
      },
    });
  };
}

function writeForm(participant: string, suggested: string, grounds: readonly string[]) {
  return {
    id: "write",
    action: `/participants/${participant}/write`,
    submit: "Preview",
    refused: "There is no preview yet.",
    fields: [
      {
        name: "template",
        label: "What to write about",
        type: "select",
        value: suggested,
        options: TEMPLATE_NAMES.map((each) => ({
          value: each,
          label: `${templateWords[each]}${grounds.includes(each) ? "" : " (not so at the moment)"}`,
        })),
      },
      {
        name: "paragraph",
        label: "Your own words, if any",
        type: "textarea",
        hint: "One plain paragraph without links, added to the text. {{first_name}} and {{study}} are filled in. No health data.",
      },
    ],
  } as const;
}

export const languageTitle = (code: string) => languageWords[languageFor(code)];
