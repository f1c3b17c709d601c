import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { HOUR, judgedPerson, minutesBetween } from "../testing/judged-person.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const CONSENTED = Date.parse("2026-11-20T09:00:00Z");
const LOOKED = CONSENTED + HOUR;
const READ = "heart rate: 2 days read, 0 left out";
const MADE_WAY =
  "older heart-rate: left for the next run, because somebody asked for a reading now";

/** Somebody of whose five days a run has read the newest two; consent was given an hour before. */
async function begun(shortId: string, missing: readonly string[], detail: string) {
  const person = await judgedPerson(database.app, {
    shortId,
    enrolledOn: "2026-11-16",
    timeZone: "UTC",
  });
  await database.app.query(
    `update study.connection set missing_permissions = $2::text[], status = $3::text, status_reason = $4::text,
       status_since = $5::timestamptz
     where participant_id = $1::int`,
    [
      person.id,
      missing,
      ...(missing.length === 0
        ? ["active", "consent given"]
        : ["scope_missing", `Not granted: ${missing.join(", ")}`]),
      new Date(CONSENTED),
    ],
  );
  await person.measure(minutesBetween(Date.parse("2026-11-19T00:00:00Z"), LOOKED));
  await person.sync(LOOKED, 80, LOOKED);
  await person.runNewest(LOOKED, 2, `${READ}; ${detail}`);
  return person;
}

test("days that a first reading left for the next run, because somebody asked for the newest, are open and nobody's fault", async () => {
  const person = await begun("F-1", [], MADE_WAY);
  assert.deepEqual(await person.states(), Array(5).fill("pending"));
});

test("a first consent without sleep is a first consent: what is still to be read of the past is open", async () => {
  const person = await begun("F-2", ["sleep"], "sleep: permission not granted");
  assert.deepEqual(await person.states(), Array(5).fill("pending"));
});

test("a first reading that met an outage leaves days that are the provider's fault", async () => {
  const person = await begun("F-3", [], "older heart-rate: SourceUnavailable");
  const fault = "pipeline_fault";
  assert.deepEqual(await person.states(), [fault, fault, fault, "pending", "pending"]);
});
