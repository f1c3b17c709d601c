import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { fillStudy } from "../api/study-for-tests.ts";
import { TEMPLATE_NAMES } from "../messages/template-names.ts";
import type { Queryable } from "../sql/pool.ts";
import { StudySettings } from "../sql/studies.ts";
import { testDatabase } from "../testing/database.ts";
import { seeded } from "../testing/pages.ts";
import type { Facts } from "./episode-oracle.ts";
import { drawFacts, forbiddenBy } from "./episode-oracle.ts";
import { revokeProject } from "./episodes-project.ts";

/**
 * npm run bench:episodes -- --episodes 100000: people in every combination of state, wish, consent, fault, sync and
 * earlier messages, and for each template whether the database would let a message go. An oracle that shares no line
 * with the database's function says whether it had to be forbidden. What is asked is study.message_refusals on real
 * tables, the function that page, rules and claim ask; what is not run here for each is the claim, the workflow and the
 * mailer, and the clock is the database's: hours ago are written, not waited for. Then the whole Google project is
 * revoked under rules that send by themselves, with the product's own rules, claims and mailer.
 */
const { values } = parseArgs({
  options: {
    episodes: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const PEOPLE = 250;
const rounds = Math.ceil(Number(values.episodes) / (PEOPLE * TEMPLATE_NAMES.length));
const random = seeded(Number(values.seed));

const database = await testDatabase();
const db = database.owner;
const persons = Array.from({ length: PEOPLE }, (_, index) => ({ id: `E-${index}` }));
await fillStudy(db, new Date(), persons);
const { rows: people } = await db.query<{ id: number }>(
  "select id from study.participant order by id",
);

const total = {
  episodes: 0,
  allowed: 0,
  forbiddenButAllowed: 0,
  restingOnOurFault: 0,
  refusedForNoReason: 0,
};
for (let round = 0; round < rounds; round += 1) {
  const studyFault = random() < 0.25;
  const facts = people.map(({ id }) => ({ id, ...drawFacts(random, studyFault) }));
  await arrange(db, facts, studyFault);
  for (const { id, template, refusals } of await ask(db)) {
    const fact = facts.find((each) => each.id === id);
    if (fact === undefined) throw new Error("Nobody was arranged for an answer");
    count(refusals, forbiddenBy(fact, template));
  }
}
await database.stop();
console.log(JSON.stringify(total));
const project = await revokeProject();
console.log(`the whole Google project revoked: ${JSON.stringify(project)}`);
const wrong =
  total.forbiddenButAllowed +
  total.restingOnOurFault +
  project.connectionsChanged +
  project.queuedByRules +
  project.waitingThatWereSent +
  project.couldBeWrittenToAfter1h2h26h8d.reduce((sum, each) => sum + each, 0);
if (wrong > 0 || project.couldBeWrittenToBefore === 0) process.exitCode = 1;

function count(refusals: readonly string[], forbidden: readonly string[]): void {
  total.episodes += 1;
  if (refusals.length > 0) {
    if (forbidden.length === 0) total.refusedForNoReason += 1;
    return;
  }
  total.allowed += 1;
  if (forbidden.length > 0) total.forbiddenButAllowed += 1;
  if (forbidden.includes("our fault")) total.restingOnOurFault += 1;
}

type Arranged = Facts & Readonly<{ id: number }>;

/** Makes the database say of everybody what was drawn for them. */
async function arrange(
  owner: Queryable,
  facts: readonly Arranged[],
  studyFault: boolean,
): Promise<void> {
  await owner.query("delete from study.message");
  await owner.query("delete from study.pipeline_fault");
  if (studyFault) {
    await owner.query(
      "insert into study.pipeline_fault (study_id, began_at, reason) select id, now(), 'bench' from study.study",
    );
  }
  await owner.query(
    `with f as (select * from jsonb_to_recordset($1::jsonb) as f (id int, state text, "hasAddress" boolean,
       "emailConsent" boolean, "doNotContact" boolean, "syncHours" float8, "fetchHours" float8, outcome text,
       connection text, "connectionHours" float8, missing text[], battery int)),
     p as (update study.participant p set state = f.state,
       ended_on = case when f.state in ('withdrawn', 'completed') then current_date end from f where f.id = p.id),
     c as (insert into pii.contact as c (participant_id, key_id, wrapped_key, sealed, email_consent, do_not_contact,
         do_not_contact_reason, changed_at)
       select f.id, 'x', 'x', case when f."hasAddress" then 'x'::bytea end, f."emailConsent", f."doNotContact", 'x', now() from f
       on conflict (participant_id) do update set sealed = excluded.sealed, email_consent = excluded.email_consent,
         do_not_contact = excluded.do_not_contact),
     k as (update study.connection k set status = f.connection,
       missing_permissions = case when f.connection = 'scope_missing' then f.missing else '{}' end,
       status_since = now() - make_interval(secs => f."connectionHours" * 3600) from f where f.id = k.participant_id),
     d as (update study.device d set last_sync_at = now() - make_interval(secs => f."syncHours" * 3600),
       battery_percent = f.battery, battery_seen_at = now() from f where f.id = d.participant_id)
     update study.ingest_run r set outcome = f.outcome, finished_at = now() - make_interval(secs => f."fetchHours" * 3600)
     from f where f.id = r.participant_id`,
    [JSON.stringify(facts)],
  );
  const sent = facts.flatMap(({ id, sentHours }) =>
    sentHours.map((hours) => ({ key: randomUUID(), id, hours })),
  );
  await owner.query(
    `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
       status_at, sent_at)
     select s.key, s.id, 'earlier-' || s.key, '1', current_date, 'delivered', 'bench', now(), now(),
       now() - make_interval(secs => s.hours * 3600)
     from jsonb_to_recordset($1::jsonb) as s (key uuid, id int, hours float8)`,
    [JSON.stringify(sent)],
  );
}

type Answer = Readonly<{ id: number; template: string; refusals: readonly string[] }>;

async function ask(owner: Queryable): Promise<Answer[]> {
  const { rows } = await owner.query<Answer>(
    `select p.id, t.template, study.message_refusals(p.id, t.template, $1::jsonb, now(), null) as refusals
     from study.participant p cross join unnest($2::text[]) as t (template)`,
    [JSON.stringify(StudySettings.parse({})), [...TEMPLATE_NAMES]],
  );
  return rows;
}
