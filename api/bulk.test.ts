import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startContactPages } from "./contact-pages-for-tests.ts";
import { ours } from "./set-up-for-tests.ts";

const { world, app, started, get } = await startContactPages();
after(() => world.stop());
const chosen = ["S2-0403", "S2-0406", "S2-0408", "S2-0404", "none"];

const fields = (ids: readonly string[]) => {
  const search = new URLSearchParams();
  for (const id of ids) search.append("id", id);
  return search;
};

const send = (ids: readonly string[]) =>
  app.request("/bulk", {
    method: "POST",
    headers: ours,
    body: fields(ids),
  });

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
  const replies = await Promise.all([send(chosen), send(chosen)]);
  assert.deepEqual(
    replies.map(({ headers }) => headers.get("Location")),
    ["/messages", "/messages"],
  );
  assert.equal((await send(chosen)).status, 303);
  const { rows } = await world.deps.db.query<{ participant: string }>(
    `select p.short_id as participant from study.message m join study.participant p on p.id = m.participant_id
     where m.status = 'queued' order by 1`,
  );
  assert.deepEqual(
    rows.map(({ participant }) => participant),
    ["S2-0403", "S2-0406"],
  );
  assert.equal(started.length, 2);
});

test("more than a page of the list, or none, is nobody", async () => {
  const many = Array.from({ length: 51 }, (_, index) => `P-${index}`);
  for (const ids of [many, []]) {
    assert.match(await (await get(`/bulk?${fields(ids)}`)).text(), /0 would be written to/);
  }
});
