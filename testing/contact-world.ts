import { randomBytes, randomUUID } from "node:crypto";
import type { ContactDeps } from "../activities/contact.ts";
import type { ReconsentDeps } from "../activities/reconsent.ts";
import type { Person } from "../api/study-for-tests.ts";
import { fillStudy } from "../api/study-for-tests.ts";
import type { Mailer, MailOutcome, OutgoingMail } from "../mail/mailer.ts";
import { readTemplate } from "../messages/read-template.ts";
import { renderMessage } from "../messages/render-message.ts";
import type { TemplateName } from "../messages/template-names.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { readCard, saveContact } from "../sql/contacts.ts";
import { storeDraft } from "../sql/message-drafts.ts";
import { queueMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { only } from "../sql/pool.ts";
import type { TestDatabase } from "./database.ts";
import { testDatabase } from "./database.ts";

/** A database with people who can be written to, and a mailer that keeps what it was handed. */
export type ContactWorld = Readonly<{
  database: TestDatabase;
  deps: ContactDeps & ReconsentDeps;
  /** What left, in order; each exactly as a transport would have got it. */
  sent: OutgoingMail[];
  /** What the mailer answers from now on; an error is a worker that dies with the message in hand. */
  answer(outcome: MailOutcome | Error): void;
  /** Keeps a draft as the page does and returns its id. */
  draft(participant: string, template?: TemplateName): Promise<string>;
  /** Draft, send and wait out the undo window. */
  queued(participant: string, template?: TemplateName): Promise<string>;
  status(message: string): Promise<string>;
  stop(): Promise<void>;
}>;

export const because = { by: "a test", why: "to test" };
export const emailOf = (participant: string) => `${participant.toLowerCase()}@home.example`;

/** S2-0403's device has not synced for 51 hours; S2-0401 is well. */
export async function contactWorld(persons?: readonly Person[]): Promise<ContactWorld> {
  const database = await testDatabase();
  const db = database.app;
  // Nobody is asleep: tests run at any hour.
  await fillStudy(db, new Date(), persons);
  await db.query(
    `update study.setting set settings = settings || '{"quietHours": {"from": "00:00", "to": "00:00"}}'`,
  );
  const cipher = createContactCipher(randomBytes(32).toString("hex"));
  const { rows } = await db.query<{ id: number; shortId: string }>(
    `select id, short_id as "shortId" from study.participant`,
  );
  for (const person of rows) {
    const email = emailOf(person.shortId);
    const contact = { name: `Kari ${person.shortId}`, email, language: "en", emailConsent: true };
    await saveContact({ db, cipher }, person, contact, because);
  }
  const sent: OutgoingMail[] = [];
  let answer: MailOutcome | Error = { status: "accepted", providerMessageId: "x" };
  const mailer: Mailer = {
    name: "smtp",
    async send(mail) {
      sent.push(mail);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const draft = async (participant: string, name: TemplateName = "inactive") => {
    const person = await findParticipant(db, participant);
    if (person === null) throw new Error(`There is no ${participant}`);
    const template = readTemplate(name, "en");
    const id = randomUUID();
    const facts = { name: "Kari", studyName: "SLEEP-2", lastSync: "", paragraph: "" };
    const rendered = renderMessage(template, { ...facts, unsubscribeUrl: "https://x.example/" });
    const { sha256, ...body } = rendered;
    const { version, language, approval } = template;
    const whose = { participantId: person.id, participant };
    const restsOn = { card: (await readCard({ db, cipher }, person.id)).version };
    const message = { id, ...whose, template: name, version, language, approval, body, sha256 };
    await storeDraft({ db, cipher }, { ...message, restsOn }, because);
    return id;
  };
  return {
    database,
    deps: {
      db,
      cipher,
      clock: () => new Date(),
      mailer,
      publicUrl: "https://wearflow.example",
      perMinute: 10_000,
      perDomain: 10_000,
      sourceName: "google-health",
      startContact: async () => undefined,
      startCampaign: async () => undefined,
      log: { error: () => undefined },
    },
    sent,
    answer(outcome) {
      answer = outcome;
    },
    draft,
    async queued(participant, template) {
      const id = await draft(participant, template);
      await queueMessage(db, { id, participant }, because);
      await db.query("update study.message set undo_until = now() where id = $1::uuid", [id]);
      return id;
    },
    async status(message) {
      const found = await db.query<{ status: string }>(
        "select status from study.message where id = $1::uuid",
        [message],
      );
      return only(found.rows, "message").status;
    },
    stop: () => database.stop(),
  };
}
