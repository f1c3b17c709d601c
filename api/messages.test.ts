import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, beforeEach, test } from "node:test";
import { isOurs } from "../consent/link.ts";
import { findConsentLink } from "../sql/consent-links.ts";
import { readContact } from "../sql/contacts.ts";
import { findParticipant } from "../sql/participants.ts";
import { emailOf } from "../testing/contact-world.ts";
import { idOf, startContactPages, WHO } from "./contact-pages-for-tests.ts";

const { world, started, temporal, lines, get, post, change, draft, audited } =
  await startContactPages();
after(() => world.stop());
const { db, cipher } = world.deps;
beforeEach(async () => {
  await db.query("delete from study.message");
  started.length = 0;
  temporal.isThere = true;
});

async function person() {
  const found = await findParticipant(db, WHO);
  assert.ok(found);
  return found;
}

test("what is true of somebody is suggested, and the page says when a message would go and why it may", async () => {
  const page = await (await get(`/participants/${WHO}/write`)).text();
  assert.match(page, /Suggested: No sync for two days/);
  assert.match(page, /<option value="inactive" selected>/);
  assert.match(page, /may be written to\.<\/b> The message goes two minutes after you send it/);
  const other = await (await get("/participants/S2-0408/write")).text();
  assert.match(other, /It would not be sent:[\s\S]*nobody who has is written to/);
});

test("the preview is, byte for byte, what is kept to be sent, in a sandbox without scripts", async () => {
  const path = await draft("Ring me, {{first_name}}.");
  const id = idOf(path);
  const frame = await get(`${path}/body`);
  const policy = String(frame.headers.get("Content-Security-Policy"));
  assert.match(policy, /^sandbox; default-src 'none'/);
  assert.match(policy, /frame-ancestors 'self'$/);
  const { rows } = await db.query<{ sha256: Buffer }>("select sha256 from pii.message_body");
  const html = await frame.text();
  const plain = await (await get(`${path}/body?as=text`)).text();
  const [subject = "", ...text] = plain.split("\n\n");
  const shown = createHash("sha256").update(JSON.stringify([subject, text.join("\n\n"), html]));
  assert.deepEqual(rows[0]?.sha256, shown.digest());
  assert.match(html, /Ring me, Kari\./);
  assert.match(html, new RegExp(`unsubscribe\\?m=${id}&amp;s=`));
  assert.match(await (await get(path)).text(), /<iframe class="preview" sandbox src/);
});

test("S74, T23: a double click, twenty tabs and a retry send one message", async () => {
  const path = await draft();
  const clicks = await Promise.all(Array.from({ length: 20 }, () => post(`${path}/send`)));
  assert.deepEqual(new Set(clicks.map(({ status }) => status)), new Set([303]));
  const tabs: string[] = [];
  for (let tab = 0; tab < 20; tab += 1) tabs.push(await draft());
  const others = await Promise.all(tabs.map((tab) => post(`${tab}/send`)));
  assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([422]));
  assert.match(String(await others[0]?.text()), /goes out to them today already/);
  await post(`${path}/send`);
  assert.deepEqual(started, [idOf(path)]);
});

test("while Temporal is away a message is queued all the same and says so by waiting", async () => {
  temporal.isThere = false;
  const path = await draft();
  assert.equal((await post(`${path}/send`)).status, 303);
  assert.match(await (await get(path)).text(), /Waiting[\s\S]*It can be taken back until/);
});

test("a message is taken back while it waits, and not once it has gone on", async () => {
  const path = await draft();
  await post(`${path}/send`);
  await post(`${path}/cancel`);
  assert.match(await (await get(path)).text(), /Not sent[\s\S]*taken back/);
  const late = await post(`${path}/cancel`);
  assert.equal(late.status, 422);
  assert.match(await late.text(), /It was too late/);
});

test("T19: a paragraph with a link, markup or an unknown placeholder makes no preview", async () => {
  for (const paragraph of ["see https://evil.example", "<img src=x>", "{{email}}"]) {
    const reply = await post(`/participants/${WHO}/write`, { template: "inactive", paragraph });
    assert.equal(reply.status, 422);
    assert.match(await reply.text(), /write-paragraph-error/);
  }
  assert.equal((await post(`/participants/${WHO}/write`, { template: "../x" })).status, 422);
});

test("each request that shows contact data is one row of the audit, with field names and no value", async () => {
  const before = [await audited("contact.read"), await audited("message.draft")];
  await get(`/participants/${WHO}/contact`);
  const path = await draft();
  await get(`${path}/body`);
  await get(path);
  const now = [await audited("contact.read"), await audited("message.draft")];
  assert.deepEqual(
    now.map((count, index) => count - (before[index] ?? 0)),
    [2, 1],
  );
  const { rows } = await db.query("select detail, reason, entity from audit.entry");
  assert.doesNotMatch(JSON.stringify(rows), /Kari|home\.example/);
});

test("the contact card changes what is kept, refuses two addresses in one, and erasing leaves nothing to open", async () => {
  const { id } = await person();
  const card = {
    name: "Åse",
    email: "ase@home.example",
    language: "nb",
    consent: "yes",
    why: "moved",
  };
  assert.equal((await change(`/participants/${WHO}/contact`, card)).status, 303);
  assert.equal((await readContact({ db, cipher }, id))?.name, "Åse");
  const two = await change(`/participants/${WHO}/contact`, {
    ...card,
    email: "a@x.example, b@x.example",
  });
  assert.equal(two.status, 422);
  const taken = await change(`/participants/${WHO}/contact`, {
    ...card,
    email: emailOf("S2-0401"),
  });
  assert.match(await taken.text(), /Another participant has this address/);
  const path = await draft();
  const unsure = await post(`/participants/${WHO}/contact/erase`, { sure: "yes", why: "asked" });
  assert.equal(unsure.status, 422);
  await post(`/participants/${WHO}/contact/erase`, { sure: WHO, why: "asked" });
  assert.equal(await readContact({ db, cipher }, id), null);
  assert.equal((await get(`${path}/body`)).status, 404);
  await change(`/participants/${WHO}/contact`, { ...card, name: "Kari", email: emailOf(WHO) });
});

test("a draft whose card was corrected is not offered to be sent, and sending it all the same is refused", async () => {
  const path = await draft();
  assert.match(await (await get(path)).text(), /<button class="main">Send to/);
  await change(`/participants/${WHO}/contact`, { name: "Kari Nordmann", why: "was misspelt" });
  const page = await (await get(path)).text();
  assert.match(page, /what it says has changed; write it anew/);
  assert.doesNotMatch(page, /<button class="main">Send to/);
  const sent = await post(`${path}/send`);
  assert.equal(sent.status, 422);
  assert.match(await sent.text(), /write it anew/);
  assert.deepEqual(started, []);
});

test("what nobody knows about is offered to a person, and their word settles it once", async () => {
  for (const [verb, words] of [
    ["arrived", "Delivered"],
    ["lost", "Not sent"],
  ] as const) {
    await db.query("delete from study.message");
    const path = await draft();
    await db.query("update study.message set status = 'unknown', sent_at = now()");
    assert.match(await (await get(path)).text(), /May have been sent[\s\S]*It did not arrive/);
    assert.equal((await post(`${path}/${verb}`)).status, 303);
    assert.match(await (await get(path)).text(), new RegExp(words));
    assert.equal((await post(`${path}/${verb}`)).status, 422);
  }
});

test("the list sorts by what it reads only for those it shows, over everybody, and links lead to it", async () => {
  const path = await draft();
  await post(`${path}/send`);
  const order = async (address: string) =>
    [...(await (await get(address)).text()).matchAll(/<tr role="row" id="p-([^"]+)"/g)].map(
      ([, id]) => id,
    );
  assert.equal((await order("/?sort=message"))[0], WHO);
  assert.equal((await order("/?sort=-message"))[0], WHO);
  const [least] = await order("/?sort=worn");
  const [most] = await order("/?sort=-worn");
  assert.deepEqual([least, most], ["S2-0402", "S2-0405"]);
  const page = await (await get("/?sort=worn")).text();
  const shown = [...page.matchAll(/data-label="Worn h a day" class="num"><span>([\d.]+)</g)].map(
    ([, hours]) => Number(hours),
  );
  assert.ok(shown.length > 5);
  assert.deepEqual(
    shown,
    shown.toSorted((a, b) => a - b),
    "by what the strips say",
  );
  const linked = await get("/participants?state=paused&sort=-worn");
  assert.equal(linked.headers.get("Location"), "/?show=paused&sort=-worn");
  assert.deepEqual(await order(String(linked.headers.get("Location"))), ["S2-0409"]);
  assert.match(await (await get("/?sort=-worn")).text(), /aria-sort="descending"/);
});

test("T22: what the pages log holds no name and no address", () => {
  assert.ok(lines.length > 0);
  assert.doesNotMatch(JSON.stringify(lines), /Kari|Åse|home\.example/);
});

test("the message that consent is needed brings its reader an invitation of their own, and the audit says who invited", async () => {
  const path = await draft("", "consent_needed");
  const body = await (await get(`${path}/body`)).text();
  const address = /href="([^"]*\/consent\?[^"]*)"/.exec(body)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const query = new URL(address).searchParams;
  const link = await findConsentLink(world.deps.db, query.get("l") ?? "");
  assert.equal(link?.shortId, WHO);
  assert.ok(isOurs("consent", link.id, query.get("s") ?? "", world.deps.cipher));
  assert.equal(await audited("consent.invite"), 1);
});
