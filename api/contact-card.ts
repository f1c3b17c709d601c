import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, requires } from "../auth/visitor.ts";
import { isEmail } from "../messages/email-address.ts";
import { LANGUAGES, languageWords } from "../messages/template-names.ts";
import { writeAudit } from "../sql/audit.ts";
import type { Contact, ContactCard, ContactChange } from "../sql/contacts.ts";
import { eraseContact, readCard, saveContact, setDoNotContact } from "../sql/contacts.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed, FormSpec, Texts } from "./set-up-form.ts";
import { attempt, formView, noLargerThan, unlessStale, WHY } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 16 * 1024;
const LONGEST_NAME = 200;

type Deps = Pick<AppDeps, "db"> & Readonly<{ contact: ContactPages }>;

/** /participants/<id>/contact: who somebody is and how they can be written to. Opening it is a reading of contact data. */
export function contactCardRoutes({ db, contact }: Deps, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const contacts = { db, cipher: contact.cipher };
  const show = createShow(contacts, pages);
  const change = [requires("contact.change"), noLargerThan(FORM_BYTES, pages)] as const;
  const done = (person: Participant) => `/participants/${person.shortId}/contact?done=yes`;

  routes.get("/participants/:id/contact", requires("contact.read"), async (c) =>
    show(c, await findPerson(c, db), null),
  );
  routes.post("/participants/:id/contact", ...change, async (c) => {
    const person = await findPerson(c, db);
    return attempt(c, {
      form: "contact",
      judge: contactErrors,
      work: async (values, because) => {
        await saveContact(contacts, person, contactOf(values), because);
        return done(person);
      },
      show: (failed) => show(c, person, failed),
    });
  });
  routes.post("/participants/:id/contact/refusal", ...change, async (c) => {
    const person = await findPerson(c, db);
    return attempt(c, {
      form: "refusal",
      work: async ({ wish = "" }, because) => {
        const reason = wish === "none" ? because.why : null;
        await setDoNotContact(db, { ...person, reason }, because);
        return done(person);
      },
      show: (failed) => show(c, person, failed),
    });
  });
  routes.post("/participants/:id/contact/erase", ...change, async (c) => {
    const person = await findPerson(c, db);
    return attempt(c, {
      form: "erase",
      judge: ({ sure = "" }) =>
        sure.trim() === person.shortId ? {} : { sure: `write ${person.shortId} to erase` },
      work: async (_values, because) => {
        await eraseContact(db, person, because);
        return done(person);
      },
      show: (failed) => show(c, person, failed),
    });
  });
  return routes;
}

/** The participant an address names, where the visitor may see contact data of theirs. */
async function findPerson(c: Context<AppEnv>, db: AppDeps["db"]): Promise<Participant> {
  const person = await withPatience(findParticipant(db, c.req.param("id") ?? ""));
  if (person === null) throw new HTTPException(404);
  mustReach(c.get("visitor"), "contact.read", person);
  return person;
}

function createShow(contacts: Parameters<typeof readCard>[0], pages: Pages) {
  return async (c: Context<AppEnv>, person: Participant, failed: Failed | null) => {
    const { shortId } = person;
    const card = await withPatience(readCard(contacts, person.id));
    const { contact: known, isErased } = card;
    // A form that was refused is the same request's second look: its change would have been the row.
    await writeAudit(contacts.db, {
      actor: c.get("visitor")?.name ?? "",
      action: "contact.read",
      entity: shortId,
      reason: "opened the contact card",
      detail: { fields: known === null ? [] : ["name", "email", "language"] },
    });
    return pages.send(c, {
      view: "contact-card",
      fragment: "contact-card",
      title: `Contact of ${shortId}`,
      studies: [],
      fault: null,
      data: {
        shortId,
        known: known !== null,
        refusal: known?.doNotContactReason ?? "",
        done: c.req.query("done") === undefined ? "" : "Saved.",
        form: isErased ? null : formView(contactForm(shortId, card), unlessStale(failed)),
        refusalForm: formView(refusalForm(shortId, known), failed),
        eraseForm: formView(eraseForm(shortId), failed),
      },
    });
  };
}

function contactErrors({ name = "", email = "" }: Texts): Texts {
  const errors: Record<string, string> = {};
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > LONGEST_NAME || /\p{Cc}/u.test(trimmed))
    errors["name"] = "write one name, on one line";
  if (!isEmail(email.trim()))
    errors["email"] = "write one plain address, such as kari@home.example";
  return errors;
}

function contactOf(values: Texts): ContactChange {
  const { name = "", email = "", language = "", consent = "", version = "" } = values;
  return {
    basedOn: version,
    name: name.trim(),
    email: email.trim(),
    language: LANGUAGES.find((each) => each === language) ?? "en",
    emailConsent: consent === "yes",
  };
}

function contactForm(shortId: string, { contact: known, version }: ContactCard): FormSpec {
  return {
    id: "contact",
    action: `/participants/${shortId}/contact`,
    submit: "Save",
    hidden: { version },
    fields: [
      { name: "name", label: "Name", value: known?.name ?? "" },
      { name: "email", label: "E-mail address", value: known?.email ?? "" },
      {
        name: "language",
        label: "Language",
        type: "select",
        value: known?.language ?? "en",
        options: LANGUAGES.map((each) => ({ value: each, label: languageWords[each] })),
      },
      {
        name: "consent",
        label: "Agreed to e-mail",
        type: "select",
        value: known?.emailConsent ? "yes" : "no",
        options: [
          { value: "no", label: "No" },
          { value: "yes", label: "Yes, in the signed consent" },
        ],
      },
      WHY,
    ],
  };
}

function refusalForm(shortId: string, known: Contact | null): FormSpec {
  return {
    id: "refusal",
    action: `/participants/${shortId}/contact/refusal`,
    submit: "Save the wish",
    fields: [
      {
        name: "wish",
        label: "Messages",
        type: "select",
        value: known?.doNotContact ? "none" : "some",
        options: [
          { value: "some", label: "May be written to" },
          { value: "none", label: "Wants no message at all" },
        ],
      },
      WHY,
    ],
  };
}

function eraseForm(shortId: string): FormSpec {
  return {
    id: "erase",
    action: `/participants/${shortId}/contact/erase`,
    submit: "Erase for good",
    fields: [
      {
        name: "sure",
        label: `Write ${shortId} to erase`,
        hint: "Name, address and every message go. What was measured stays. Backups made before still hold them, sealed.",
      },
      WHY,
    ],
  };
}
