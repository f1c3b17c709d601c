import { randomUUID } from "node:crypto";
import { consentUrl } from "../consent/link.ts";
import { makeConsentLink } from "../sql/consent-links.ts";
import type { ContactDb } from "../sql/contacts.ts";
import { readCard } from "../sql/contacts.ts";
import { storeDraft } from "../sql/message-drafts.ts";
import { readLastHeard } from "../sql/message-sending.ts";
import type { Participant } from "../sql/participants.ts";
import { GRACE_DAYS } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { Refusal } from "../sql/refusal.ts";
import { listStudies } from "../sql/studies.ts";
import type { Template } from "./read-template.ts";
import { readTemplate } from "./read-template.ts";
import { renderMessage } from "./render-message.ts";
import type { Language, TemplateName } from "./template-names.ts";
import { INVITATIONS, languageFor } from "./template-names.ts";
import { unsubscribeUrl } from "./unsubscribe-url.ts";

export type DraftDeps = ContactDb & Readonly<{ clock: () => Date; publicUrl: string }>;

export type DraftWish = Readonly<{ template: TemplateName; paragraph: string }>;

/**
 * Renders a message once and keeps it: a preview shows it and the worker sends it, byte by byte. Returns its id, which is
 * given by who must know it before; under the same id again nothing is kept while what is there is so.
 */
export async function makeDraft(
  { db, clock, cipher, publicUrl }: DraftDeps,
  person: Participant,
  { template: name, paragraph }: DraftWish,
  by: string,
  id: string = randomUUID(),
): Promise<string> {
  if (person.state === "withdrawn")
    throw new Refusal("template", "They have withdrawn: nobody who has is written to");
  const { contact, version: card } = await readCard({ db, cipher }, person.id);
  if (contact === null)
    throw new Refusal("template", "There is no address: fill in the contact card");
  const template = readTemplate(name, languageFor(contact.language));
  // Before what is told, so that a sync in between is one since.
  const lastHeard = await readLastHeard(db, person.id);
  const invitation = INVITATIONS.has(name) ? await invite({ db, clock }, person, by) : null;
  const { sha256, ...body } = renderMessage(template, {
    name: contact.name,
    studyName: (await studyOf(db, person)).name,
    lastSync: dayWords(lastHeard, person.timeZone, template.language),
    lastDay: lastDayWords(person, template.language),
    graceDays: GRACE_DAYS,
    paragraph,
    unsubscribeUrl: unsubscribeUrl(publicUrl, id, cipher.sign),
    ...(invitation !== null && { consentUrl: consentUrl(publicUrl, invitation, cipher) }),
  });
  const { version, language, approval, purpose } = template;
  const whose = { participantId: person.id, participant: person.shortId };
  const restsOn = { card, link: invitation, ...(tellsSync(template) && { lastSync: lastHeard }) };
  const draft = {
    id,
    ...whose,
    template: name,
    version,
    language,
    approval,
    body,
    sha256,
    restsOn,
  };
  await storeDraft({ db, cipher }, draft, { by, why: purpose });
  return id;
}

const tellsSync = ({ body }: Pick<Template, "body">) => body.includes("it.lastSync");

/** Makes the link a message brings and returns its id. */
async function invite(
  { db, clock }: Pick<DraftDeps, "db" | "clock">,
  { id: participantId }: Participant,
  by: string,
): Promise<string> {
  const id = randomUUID();
  const because = { by, why: "for the message that consent is needed" };
  await makeConsentLink(db, { id, participantId, at: clock() }, because);
  return id;
}

/** The study somebody takes part in, with its settings. */
export async function studyOf(db: Queryable, { study }: Pick<Participant, "study">) {
  const found = (await listStudies(db)).find(({ slug }) => slug === study);
  if (found === undefined) throw new Error(`There is no study ${study}`);
  return found;
}

/** The last day of somebody's part in the study; nothing while there is none. */
function lastDayWords({ endedOn }: Participant, language: Language): string {
  return dayWords(endedOn === null ? null : new Date(endedOn), "UTC", language);
}

/** A day as somebody reads it in their own language and zone; nothing for none. */
function dayWords(at: Date | null, timeZone: string, language: Language): string {
  if (at === null) return "";
  const options = { weekday: "long", day: "numeric", month: "long", timeZone } as const;
  return new Intl.DateTimeFormat(language === "nb" ? "nb-NO" : "en-GB", options).format(at);
}
