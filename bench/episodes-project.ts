import { applyRules } from "../activities/apply-rules.ts";
import { createContactActivities } from "../activities/contact.ts";
import { TEMPLATE_NAMES } from "../messages/template-names.ts";
import { refuseConnection } from "../sql/connections.ts";
import { setRules } from "../sql/message-rules.ts";
import { StudySettings } from "../sql/studies.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { because, contactWorld } from "../testing/contact-world.ts";

const PEOPLE = 250;
const QUEUED = 40;
const SOURCE = "google-health";

/**
 * Everybody's device has been silent for days, every rule sends by itself and some messages wait; then the whole Google
 * project is revoked: each connection is refused, one after the other, as the worker hears it. Rules, claims and the
 * mailer are the product's. How many messages left from then on, and who could be written to hours and days later.
 */
export async function revokeProject() {
  const persons = Array.from({ length: PEOPLE }, (_, index) => ({
    id: `P-${index}`,
    syncHoursAgo: 60,
  }));
  const world = await contactWorld(persons);
  try {
    const { db } = world.deps;
    const rules = TEMPLATE_NAMES.filter((name) => name !== "thanks");
    await setRules(
      db,
      "sleep-2",
      Object.fromEntries(rules.map((name) => [name, "send" as const])),
      because,
    );
    const waiting: string[] = [];
    for (const { id } of persons.slice(0, QUEUED)) waiting.push(await world.queued(id));
    const before = await mayBeWrittenTo(world, 0);
    const states = await refuseEverybody(world);
    const { queued } = await applyRules(world.deps);
    const { sendMessage } = createContactActivities(world.deps);
    for (const message of waiting) await sendMessage({ message });
    const later: number[] = [];
    for (const hours of [1, 2, 26, 24 * 8]) later.push(await mayBeWrittenTo(world, hours));
    return {
      people: PEOPLE,
      couldBeWrittenToBefore: before,
      connectionsChanged: states.changed,
      queuedByRules: queued,
      waitingThatWereSent: world.sent.length,
      couldBeWrittenToAfter1h2h26h8d: later,
    };
  } finally {
    await world.stop();
  }
}

async function refuseEverybody({ deps: { db } }: ContactWorld) {
  const { rows } = await db.query<{ id: number }>("select id from study.participant order by id");
  for (const { id } of rows) {
    const at = new Date();
    await refuseConnection(db, id, SOURCE, {
      status: "reconsent_needed",
      reason: "the provider refused the stored grant in two runs",
      foundFrom: at,
      at,
    });
  }
  const changed = await db.query("select from study.connection where status <> 'active'");
  return { changed: changed.rowCount ?? 0 };
}

/** How many people any template about their data or consent could go to, so many hours from now. */
async function mayBeWrittenTo({ deps: { db } }: ContactWorld, hours: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from study.participant p cross join unnest($1::text[]) as t (template)
     where cardinality(study.message_refusals(p.id, t.template, $2::jsonb,
       now() + make_interval(hours => $3::int), null)) = 0`,
    [
      TEMPLATE_NAMES.filter((name) => name !== "thanks" && name !== "study_end"),
      JSON.stringify(StudySettings.parse({})),
      hours,
    ],
  );
  return rows[0]?.n ?? 0;
}
