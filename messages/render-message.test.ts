import assert from "node:assert/strict";
import { test } from "node:test";
import { fillParagraph, paragraphFault } from "./paragraph.ts";
import { readTemplate } from "./read-template.ts";
import type { MessageFacts } from "./render-message.ts";
import { renderMessage } from "./render-message.ts";
import { LANGUAGES, languageFor, TEMPLATE_NAMES } from "./template-names.ts";

const facts: MessageFacts = {
  name: "Kari O'Brien <b>",
  studyName: "SLEEP & 2",
  lastSync: "Monday 23 November",
  paragraph: "See you on Friday, {{first_name}}. Ring me on 22 33 44 55.",
  unsubscribeUrl: "https://wearflow.example/unsubscribe?m=1&s=2",
};

test("every template renders in every language, to one subject line, text and HTML of the same words", () => {
  const templates = TEMPLATE_NAMES.flatMap((name) =>
    LANGUAGES.map((language) => readTemplate(name, language)),
  );
  for (const template of templates) {
    const { name, language } = template;
    for (const lastSync of [facts.lastSync, ""]) {
      const { subject, text, html } = renderMessage(template, { ...facts, lastSync });
      const label = `${name}.${language}`;
      assert.match(subject, /^\S.{3,70}$/, label);
      assert.doesNotMatch(subject + text + html, /undefined|null|<%|NaN/, label);
      assert.match(text, language === "nb" ? /^Hei Kari,\n\n\S/ : /^Dear Kari,\n\n\S/, label);
      assert.match(text, /See you on Friday, Kari\./, label);
      assert.ok(text.includes(facts.unsubscribeUrl) && html.includes("m=1&amp;s=2"), label);
      assert.doesNotMatch(text, /\n\n\n\n|&#39;|&amp;/, label);
    }
  }
});

test("in every language the end of a study names the last day that is read and for how long, and no memory is a number", () => {
  for (const language of LANGUAGES) {
    const ends = { ...facts, lastDay: "Sunday 29 November", graceDays: 30 };
    const { text } = renderMessage(readTemplate("study_end", language), ends);
    assert.match(text, /Sunday 29 November.*\. .* 30 /);
    assert.doesNotMatch(text, /No more data is read|leses ikke flere/);
    const risk = renderMessage(readTemplate("data_at_risk", language), facts).text;
    assert.doesNotMatch(risk, /week|uke\b/);
  }
});

test("an invitation to consent stands in text and HTML of the message that brings one, and in no other", () => {
  const consentUrl = "https://wearflow.example/consent?l=1&s=2";
  for (const language of LANGUAGES) {
    const template = readTemplate("consent_needed", language);
    const { text, html } = renderMessage(template, { ...facts, consentUrl });
    assert.ok(text.includes(`\n${consentUrl}\n`), text);
    assert.ok(html.includes('href="https://wearflow.example/consent?l=1&amp;s=2"'), html);
    assert.doesNotMatch(text, /\n\n\n\n/);
    assert.doesNotMatch(renderMessage(template, facts).text, /consent\?/);
  }
});

test("what people wrote is text in the text and escaped in the HTML, never markup and never run", () => {
  const hostile = {
    ...facts,
    name: "<script>alert(1)</script> x",
    paragraph: "A <%= process.version %> & 'b'",
  };
  const { text, html } = renderMessage(readTemplate("inactive", "en"), hostile);
  assert.ok(text.includes("A <%= process.version %> & 'b'"));
  assert.ok(html.includes("A &lt;%= process.version %&gt; &amp; &#39;b&#39;"));
  assert.doesNotMatch(html, /<script/);
});

test("the same facts give the same bytes, and any other word another hash", () => {
  const template = readTemplate("inactive", "en");
  const [one, two] = [renderMessage(template, facts), renderMessage(template, facts)];
  assert.deepEqual(one, two);
  assert.notDeepEqual(renderMessage(template, { ...facts, paragraph: "x" }).sha256, one.sha256);
});

test("a fact a template needs and nobody gave is an error, and a subject of two lines too", () => {
  const template = readTemplate("inactive", "en");
  const { lastSync: _, ...without } = facts;
  assert.throws(() => renderMessage(template, without as MessageFacts), /lastSync/);
  const bent = { ...template, subject: "<%= it.name %>" };
  assert.throws(() => renderMessage(bent, { ...facts, name: "a\r\nBcc: b" }), /one line/);
});

test("a coordinator's paragraph takes two placeholders and neither links, markup nor control characters", () => {
  assert.equal(paragraphFault("Dear {{ first_name }}, until Friday.\nBest, Ola"), null);
  for (const text of [
    "See https://evil.example",
    "see www.evil.example",
    "see evil.com",
    "<b>x</b>",
    "{{email}}",
    "a\u0000b",
    "a\u202Eb",
    "x".repeat(1001),
  ]) {
    assert.notEqual(paragraphFault(text), null, text.slice(0, 30));
  }
  assert.equal(fillParagraph(" a\n\n{{study}} ", { first_name: "K", study: "$& S" }), "a $& S");
});

test("who reads another language is written to in English", () => {
  assert.deepEqual(["nb", "en", "de", ""].map(languageFor), ["nb", "en", "en", "en"]);
});
