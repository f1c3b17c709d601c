import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startContactPages, WHO } from "./contact-pages-for-tests.ts";
import { ours } from "./set-up-for-tests.ts";

const { world, app, started, get, post } = await startContactPages();
after(() => world.stop());
const { db } = world.deps;
const why = "protocol 1.2";
beforeEach(async () => {
  await db.query("delete from study.message");
  started.length = 0;
});

const chosen = ["S2-0403", "S2-0406", "S2-0408", "S2-0404", "none"];

const fields = (ids: readonly string[]) => {
  const search = new URLSearchParams();
  for (const id of ids) search.append("id", id);
  return search;
};

/** What the review of these would post. */
async function reviewed(ids: readonly string[]): Promise<URLSearchParams> {
  const page = await (await get(`/bulk?${fields(ids)}`)).text();
  const form = new URLSearchParams();
  for (const [, name = "", value = ""] of page.matchAll(
    /<input type="(?:checkbox|hidden)" name="((?:id|about-)[^"]*)" value="([^"]*)"/g,
  ))
    form.append(name, value);
  return form;
}

const send = (body: URLSearchParams) =>
  app.request("/bulk", { method: "POST", headers: ours, body });

const waiting = async () => {
  const { rows } = await db.query<{ line: string }>(
    `select p.short_id || ' ' || m.template as line
     from study.message m join study.participant p on p.id = m.participant_id
     where m.status = 'queued' order by 1`,
  );
  return rows.map(({ line }) => line);
};

test("a selection is reviewed first: who would be written to about what, and who is left out and why", async () => {
  const page = await (await get(`/bulk?${fields(chosen)}`)).text();
  assert.match(page, /2 would be written to/);
  assert.match(page, /value="S2-0403" checked[\s\S]*No sync for two days/);
  assert.match(
    page,
    /2 left out, and why[\s\S]*S2-0404[\s\S]*nothing is true of them[\s\S]*S2-0408[\s\S]*nobody who has/,
  );
  assert.equal(started.length, 0, "looking sends nothing");
});

test("sending to several sends to those who may be written to, once however often it is clicked", async () => {
  const form = await reviewed(chosen);
  const replies = await Promise.all([send(form), send(form)]);
  assert.deepEqual(
    replies.map(({ headers }) => headers.get("Location")),
    ["/messages", "/messages"],
  );
  assert.equal((await send(form)).headers.get("Location"), "/messages");
  assert.deepEqual(await waiting(), ["S2-0403 inactive", "S2-0406 inactive"]);
  assert.equal(started.length, 2);
});

test("what was not reviewed is not sent: whoever is otherwise by now is shown again, the others are written to", async () => {
  const form = await reviewed(chosen);
  const lapse = (status: string) =>
    world.database.owner.query(
      `update study.connection set status = $1::text, status_since = now() - interval '2 hours'
       where participant_id = (select id from study.participant where short_id = 'S2-0403')`,
      [status],
    );
  await lapse("reconsent_needed");
  const reply = await send(form);
  assert.equal(reply.headers.get("Location"), "/bulk?id=S2-0403&done=changed");
  assert.deepEqual(await waiting(), ["S2-0406 inactive"]);
  const page = await (await get("/bulk?id=S2-0403&done=changed")).text();
  assert.match(page, /Not written to:[\s\S]*value="S2-0403" checked[\s\S]*Consent needed again/);
  await lapse("active");
  const refused = await reviewed(["S2-0403"]);
  await post(`/participants/${WHO}/contact/refusal`, { wish: "none", why });
  assert.match(String((await send(refused)).headers.get("Location")), /id=S2-0403&done=changed/);
  await post(`/participants/${WHO}/contact/refusal`, { wish: "some", why });
  assert.equal((await send(fields(["S2-0403"]))).headers.get("Location"), "/messages");
  assert.deepEqual(await waiting(), ["S2-0406 inactive"], "ids alone were never reviewed");
});

test("more than a page of the list, or none, is nobody", async () => {
  const many = Array.from({ length: 51 }, (_, index) => `P-${index}`);
  for (const ids of [many, []]) {
    assert.match(await (await get(`/bulk?${fields(ids)}`)).text(), /0 would be written to/);
  }
});

test("a form to several without its boundary is refused, not failed", async () => {
  const headers = { ...ours, "Content-Type": "multipart/form-data" };
  const reply = await app.request("/bulk", { method: "POST", headers, body: "x" });
  assert.equal(reply.status, 400);
});

test("a page that is told of a change it does not know says nothing of it", async () => {
  const paths = [
    "/rules",
    "/consents/campaigns/sleep-2",
    `/participants/${WHO}`,
    `/participants/${WHO}/consent`,
    "/bulk",
    "/set-up",
  ];
  for (const path of paths)
    for (const code of ["constructor", "__proto__", "toString"]) {
      const reply = await get(`${path}?done=${code}`);
      assert.equal(reply.status, 200, `${path} ${code}`);
      assert.doesNotMatch(await reply.text(), /native code|\[object|banner good/);
    }
});
