import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Placeholders } from "./paragraph.ts";
import { fillParagraph } from "./paragraph.ts";
import type { Template } from "./read-template.ts";
import { createStrictEta } from "./strict-eta.ts";

/** What a message is made of besides its template. No measured value is among it. */
export type MessageFacts = Readonly<{
  /** The participant's name; its first word greets them. */
  name: string;
  studyName: string;
  /** Local day on which they were last heard of, in words of the message's language; empty where they never were. */
  lastSync: string;
  /** The coordinator's own plain words; may be empty. */
  paragraph: string;
  /** Where one click ends all messages. */
  unsubscribeUrl: string;
  /** An invitation to consent, in messages that bring one. */
  consentUrl?: string;
  /** The last day of their part in the study, in words; empty or left out while there is none. */
  lastDay?: string;
  /** For so many days after it, what was recorded up to it may still be read. */
  graceDays?: number;
}>;

export type RenderedMessage = Readonly<{
  subject: string;
  text: string;
  html: string;
  /** Of the three, so that what is sent can be told to be what was shown. */
  sha256: Buffer;
}>;

type Block = Readonly<{ words: string; items: readonly string[] }>;

const views = fileURLToPath(new URL("templates", import.meta.url));
/** Words in plain: escaped they would read O&#39;Brien in the text. The HTML layout escapes them. */
const plain = createStrictEta({ views, autoEscape: false });
const escaped = createStrictEta({ views, autoEscape: true });

/** The exact bytes of a message, as text and as HTML of the same words. */
export function renderMessage(template: Template, facts: MessageFacts): RenderedMessage {
  const [firstName = ""] = facts.name.trim().split(/\s+/);
  const known: Placeholders = { first_name: firstName, study: facts.studyName };
  const given = { consentUrl: "", lastDay: "", graceDays: 0, ...facts, firstName };
  const own = fillParagraph(facts.paragraph, known);
  const body = plain.renderString(template.body, given);
  const paragraphs = [...body.split(/\n\s*\n/).map((each) => each.trim()), own];
  const blocks = paragraphs.filter((each) => each !== "").map(blockOf);
  const subject = oneLine(plain.renderString(template.subject, given));
  const all = { ...given, blocks, subject, language: template.language };
  const text = `${plain.render("./layout-text", all).trim()}\n`;
  const html = escaped.render("./layout-html", all);
  const sha256 = createHash("sha256")
    .update(JSON.stringify([subject, text, html]))
    .digest();
  return { subject, text, html, sha256 };
}

/** Lines that all begin with a hyphen are a list. */
function blockOf(paragraph: string): Block {
  const lines = paragraph.split("\n").map((line) => line.trim());
  return lines.every((line) => line.startsWith("- "))
    ? { words: "", items: lines.map((line) => line.slice(2)) }
    : { words: lines.join(" "), items: [] };
}

/** A header is one line: whatever would begin another is an error, not an address more. */
function oneLine(subject: string): string {
  if (/\p{Cc}/u.test(subject)) throw new Error("A subject must be one line");
  return subject.trim();
}
