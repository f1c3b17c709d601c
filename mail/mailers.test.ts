import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { inspect } from "node:util";
import { isEmail } from "../messages/email-address.ts";
import type { SendgridAnswer, SmtpManner } from "../testing/mail-servers.ts";
import { startSendgrid, startSmtp } from "../testing/mail-servers.ts";
import type { Mailer, OutgoingMail } from "./mailer.ts";
import { checkMail } from "./mailer.ts";
import { createSendgridMailer } from "./sendgrid.ts";
import { createSmtpMailer } from "./smtp.ts";

const KEY = "SG.secret-key";
const sender = {
  from: { email: "study@clinic.example", name: "SLEEP-2" },
  replyTo: "team@clinic.example",
};
const mail: OutgoingMail = {
  key: "0d1c9a36-7c0e-4f7c-9d6f-0a3f5f0f1a11",
  to: { email: "kari@home.example", name: "Kari O'Brien" },
  subject: "Please open your tracker’s app",
  text: "Dear Kari,\n",
  html: "<p>Dear Kari,</p>",
  unsubscribeUrl: "https://wearflow.example/unsubscribe?m=1&s=2",
};

/** SendGrid on loopback for one test. */
async function startSendgridFor(t: TestContext, answer: SendgridAnswer) {
  const server = await startSendgrid([answer]);
  t.after(() => server.stop());
  return server;
}

async function startSmtpFor(t: TestContext, manner: SmtpManner = {}) {
  const server = await startSmtp(manner);
  t.after(() => server.stop());
  return server;
}

const sendgrid = (baseUrl: string): Mailer =>
  createSendgridMailer({ ...sender, apiKey: KEY, baseUrl, unsubscribeGroup: 7, timeoutMs: 500 });

test("SendGrid has accepted a message only with 202 and its id; redirects and pages are no receipt", async (t) => {
  const cases: readonly (readonly [SendgridAnswer, string])[] = [
    [{ status: 202, headers: { "x-message-id": "abc" } }, "accepted"],
    [{ status: 202 }, "unknown"],
    [{ status: 200, body: "<html>Welcome</html>" }, "unknown"],
    [{ status: 302, headers: { Location: "/elsewhere" } }, "unknown"],
    [{ status: 400, body: '{"errors":[]}' }, "rejected"],
    [{ status: 401, body: '{"errors":[]}' }, "rejected"],
    [
      { status: 429, headers: { "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 30) } },
      "retry",
    ],
    [{ status: 503 }, "retry"],
    [{ status: 500 }, "unknown"],
    [{ status: 202, hang: true }, "unknown"],
  ];
  for (const [answer, expected] of cases) {
    const { baseUrl, bodies } = await startSendgridFor(t, answer);
    const outcome = await sendgrid(baseUrl).send(mail);
    assert.equal(outcome.status, expected, JSON.stringify(answer));
    assert.equal(bodies.length, 1, "asked once");
    assert.doesNotMatch(inspect(outcome, { depth: 9 }), /kari|home\.example|SG\./i);
    if (outcome.status === "retry" && answer.status === 429) {
      assert.ok(outcome.afterSeconds > 20 && outcome.afterSeconds <= 31);
    }
  }
  assert.equal((await sendgrid("http://127.0.0.1:1/").send(mail)).status, "retry");
});

test("what SendGrid is given to keep is our key and no name, and nothing is tracked", async (t) => {
  const { baseUrl, bodies } = await startSendgridFor(t, {
    status: 202,
    headers: { "x-message-id": "a" },
  });
  await sendgrid(baseUrl).send(mail);
  const body = JSON.stringify(bodies[0]);
  assert.match(body, /"custom_args":\{"message_key":"0d1c9a36/);
  assert.match(body, /"click_tracking":\{"enable":false/);
  assert.match(body, /"open_tracking":\{"enable":false/);
  assert.match(body, /"asm":\{"group_id":7/);
  assert.match(body, /List-Unsubscribe=One-Click/);
  assert.equal([...body.matchAll(/kari@home\.example/g)].length, 1);
  assert.doesNotMatch(body, /"cc"|"bcc"|categories/);
});

const smtp = (url: string): Mailer => createSmtpMailer({ ...sender, url, timeoutMs: 500 });

test("by SMTP one person gets both parts under an id that is the message's own", async (t) => {
  const { url, received } = await startSmtpFor(t);
  assert.deepEqual(await smtp(url).send(mail), {
    status: "accepted",
    providerMessageId: `<${mail.key}@clinic.example>`,
  });
  const [{ recipients, raw } = { recipients: [], raw: "" }] = received;
  assert.deepEqual(recipients, ["kari@home.example"]);
  assert.match(raw, new RegExp(`^Message-ID: <${mail.key}@clinic.example>`, "im"));
  assert.match(raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click/im);
  assert.match(raw, /text\/plain[\s\S]*text\/html/);
});

test("an SMTP server's no is final or for now by its code; no connection is for now; silence is unknown", async (t) => {
  const [final, later] = [
    await startSmtpFor(t, { code: 550 }),
    await startSmtpFor(t, { code: 451 }),
  ];
  const mute = await startSmtpFor(t, { silent: true });
  for (const [url, expected] of [
    [final.url, "rejected"],
    [later.url, "retry"],
    ["smtp://127.0.0.1:1", "retry"],
    [mute.url, "unknown"],
  ] as const) {
    const outcome = await smtp(url).send(mail);
    assert.equal(outcome.status, expected, url);
    assert.doesNotMatch(inspect(outcome, { depth: 9 }), /kari|home\.example/i);
  }
});

test("an address that is two, or holds a header, is refused before any library sees it", () => {
  for (const email of [
    "a@x.example\r\nBcc: e@x.example",
    "a@x.example, b@x.example",
    "a@x.example;b@x.example",
    "Kari <a@x.example>",
    '"a b"@x.example',
    "a@x",
    "a b@x.example",
    "a@[127.0.0.1]",
    "a@x.example ",
    "a@b@x.example",
    "a@x..example",
    "",
  ]) {
    assert.equal(isEmail(email), false, email);
    assert.notEqual(checkMail({ ...mail, to: { email, name: "K" } }), null);
  }
  assert.equal(isEmail("kari+study@home.example"), true);
  assert.equal(checkMail(mail), null);
  assert.notEqual(checkMail({ ...mail, subject: "a\r\nBcc: e@x.example" }), null);
  assert.notEqual(checkMail({ ...mail, to: { ...mail.to, name: "a\nb" } }), null);
  assert.notEqual(checkMail({ ...mail, unsubscribeUrl: "https://x\r\nBcc: e@x.example" }), null);
});
