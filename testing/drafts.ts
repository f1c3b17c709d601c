import assert from "node:assert/strict";
import type { ContactDb } from "../sql/contacts.ts";
import { readCard, saveContact } from "../sql/contacts.ts";
import { storeDraft } from "../sql/message-drafts.ts";
import { findParticipant } from "../sql/participants.ts";

/** Gives somebody an address and a draft of thanks with this id. */
export async function draftTo(contacts: ContactDb, participant: string, id: string): Promise<void> {
  const person = await findParticipant(contacts.db, participant);
  assert.ok(person);
  const because = { by: "a test", why: "to test" };
  const email = `${person.id}@home.example`;
  const card = { name: "Kari", email, language: "en", emailConsent: true };
  await saveContact(contacts, person, card, because);
  const draft = { template: "thanks", version: "1", language: "en", approval: "" };
  const body = { subject: "a", text: "b", html: "c" };
  const whose = { id, participantId: person.id, participant, sha256: Buffer.alloc(32) };
  const restsOn = { card: (await readCard(contacts, person.id)).version };
  await storeDraft(contacts, { ...draft, ...whose, body, restsOn }, because);
}
