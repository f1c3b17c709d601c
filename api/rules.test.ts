import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startContactPages, WHO } from "./contact-pages-for-tests.ts";

const { world, get, post } = await startContactPages();
after(() => world.stop());
const { db } = world.deps;
const why = "protocol 1.2";

test("the page says whom the rules would write to, about what and when, and the way there", async () => {
  const page = await (await get("/rules")).text();
  assert.match(page, new RegExp(`<a href="/participants/${WHO}/write">Write to ${WHO}</a>`));
  assert.match(page, /No sync for two days[\s\S]*for you to send[\s\S]*now/);
  assert.doesNotMatch(page, /undefined|null|NaN/);
});

test("rules, hold and calls are changed with a reason and audited; without one nothing is", async () => {
  const changes = [
    ["/rules/sleep-2", { inactive: "send" }, "rules.change"],
    ["/rules/sleep-2/hold", { wish: "hold" }, "messages.hold"],
    ["/rules/sleep-2/hold", { wish: "release" }, "messages.release"],
    [`/participants/${WHO}/called`, {}, "participant.call"],
  ] as const;
  for (const [path, values, action] of changes) {
    assert.equal((await post(path, values)).status, 422, path);
    assert.equal((await post(path, { ...values, why })).status, 303, path);
    const { rows } = await db.query(
      "select actor, reason from audit.entry where action = $1::text",
      [action],
    );
    assert.deepEqual(rows, [{ actor: "demo coordinator", reason: why }], action);
  }
  const page = await (await get("/rules")).text();
  assert.match(page, /the rule sends it/);
  assert.equal((await post("/rules/none", { why })).status, 404);
});

test("the effect of each template is counted over what left, and what stayed in the outbox is not in it", async () => {
  await db.query(
    `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
       status_at, sent_at, mailer, followed_24h, followed_48h)
     select gen_random_uuid(), p.id, 'inactive', '1', current_date - n, 'delivered', 'test', now(), now(),
       now() - make_interval(days => n), case when n = 4 then 'outbox' else 'smtp' end, n = 1, n < 3
     from study.participant p, generate_series(1, 4) n where p.short_id = $1::text`,
    [WHO],
  );
  const page = await (await get("/rules")).text();
  assert.match(page, /data-label="Left" class="num">3<[\s\S]*33 % of 3[\s\S]*67 % of 3/);
});
