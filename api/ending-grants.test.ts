import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startContactPages } from "./contact-pages-for-tests.ts";

const WHO = "S2-0401";
const { world, get } = await startContactPages();
after(() => world.stop());
const { db } = world.deps;
beforeEach(() => grant("null", "now()"));

/** When the provider ends the grant of WHO, and when the access it gives out ends, an hour after it was renewed. */
const grant = (endsAt: string, accessEndsAt = "now()", status = "active") =>
  db.query(
    `update study.connection set grant_expires_at = ${endsAt}, access_expires_at = ${accessEndsAt}, status = $2::text
     where participant_id = (select id from study.participant where short_id = $1::text)`,
    [WHO, status],
  );

const textOf = async (path: string) => (await get(path)).text();

/** The chips in the row of WHO. */
async function chips(): Promise<string> {
  const page = await textOf(`/?q=${WHO}`);
  const [row = ""] = /<tr role="row" id="p-S2-0401">[\s\S]*?<\/tr>/.exec(page) ?? [];
  return [...row.matchAll(/<\/svg>([^<]+)<\/span>/g)].map(([, words = ""]) => words).join("; ");
}

test("a grant that lives for ever, or is used every day, is not said to end", async () => {
  assert.doesNotMatch(await chips(), /Consent/);
  assert.doesNotMatch(await textOf(`/participants/${WHO}`), /grant ends/);
});

test("S6: the seven days of a project that is not verified are counted down in the list and on the page", async () => {
  await grant("now() + interval '6 days 3 hours 1 minute'");
  assert.match(await chips(), /Consent ends in 6 d 3 h/);
  const page = await textOf(`/participants/${WHO}`);
  assert.match(page, /Consent ends in 6 d 3 h/);
  assert.match(page, /The grant ends on [^<]+ unless it is given again: invite them now/);
  assert.match(page, /href="\/participants\/S2-0401\/consent"/);
});

test("a grant nobody has used for six months is about to end, although the provider named no time", async () => {
  await grant("null", "now() - interval '6 months' + interval '5 days'");
  assert.match(await chips(), /Consent ends in [3-6] d/);
});

test("more than a fortnight ahead nothing is said, and on the day itself that it has ended", async () => {
  await grant("now() + interval '15 days'");
  assert.doesNotMatch(await chips(), /Consent/);
  await grant("now() - interval '1 hour'");
  assert.match(await chips(), /Consent has ended/);
});

test("once the provider has refused it, only that is said", async () => {
  await grant("now() - interval '1 hour'", "now()", "reconsent_needed");
  const page = await textOf(`/participants/${WHO}`);
  assert.match(page, /Consent needed again/);
  assert.doesNotMatch(page, /has ended on/);
  assert.doesNotMatch(await chips(), /Consent has ended/);
});
