import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { testDatabase } from "../testing/database.ts";
import { pageOf } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { storePage } from "./samples.ts";
import { settleDays } from "./settle-days.ts";
import { readParticipantDays } from "./status.ts";
import { ensureStudy } from "./studies.ts";

const database = await testDatabase();
after(() => database.stop());
const { app, owner } = database;
const studyId = await ensureStudy(owner, {
  slug: "grows",
  name: "A study that grows",
  settings: { ingestIntervalMinutes: null },
  by: "a test",
  why: "to test",
});

/** What a view of everybody looks up of each, one row a person: `$1`, `$2` are the first and the last number. */
const OF_EACH = [
  `insert into study.connection (participant_id, source, status, status_reason, status_since, token_key_id, token_ciphertext)
   select id, 'google-health', 'active', 'a test', now(), 'k', decode(repeat('00', 600), 'hex') from person`,
  `insert into study.participant_zone (participant_id, from_at, time_zone) select id, '-infinity', 'UTC' from person`,
  `insert into study.device (participant_id, source, provider_device_id, kind, first_seen_at, last_seen_at)
   select id, 'google-health', 'd', 'tracker', now(), now() from person`,
  `insert into study.ingest_run (workflow_id, run_id, participant_id, scheduled_at, started_at, finished_at, outcome,
     detail, inserted, updated, quarantined)
   select 'w' || id, 'r', id, now(), now(), now(), 'complete', 'heart rate: 1 day read', 0, 0, 0 from person`,
  `insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes, wear_minutes,
     state, valid_so_far, proof, settings_version, judged_at)
   select id, current_date, now(), now() + interval '1 day', 1440, 700, 700, 'valid', true, '{}', 1, now() from person`,
  `insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind, main,
     minutes_asleep, minutes_in_bed, seen_at)
   select id, 1102, 'n' || id, now(), now() + interval '7 hours', current_date, 'sleep', true, 400, 420, now() from person`,
] as const;
const TABLES = ["connection", "participant_zone", "device", "ingest_run", "judged_day", "session"];

async function add(first: number, last: number): Promise<void> {
  await owner.query(
    `insert into study.participant (study_id, short_id, state, enrolled_on)
     select $1::int, 'G-' || n, 'active', '2026-11-01' from generate_series($2::int, $3::int) n`,
    [studyId, first, last],
  );
  for (const statement of OF_EACH)
    await owner.query(
      `with person as (
         select id from study.participant where short_id ~ '^G-' and substring(short_id from 3)::int between $1::int and $2::int
       ) ${statement}`,
      [first, last],
    );
  // Tokens are refreshed and days judged every hour, and each time leaves a dead row until the next vacuum.
  for (let time = 0; time < 5; time += 1)
    for (const table of TABLES)
      await owner.query(`update study.${table} set participant_id = participant_id`);
}

const Explained = z.object({ Plan: z.object({ "Shared Hit Blocks": z.number().int() }) });

/** Pages of the database touched for each of so many people. */
async function pagesEach(view: string, people: number): Promise<number> {
  const { rows } = await owner.query(
    `explain (analyze, buffers, format json) select * from ${view}`,
  );
  return Explained.parse(rows[0]?.["QUERY PLAN"][0]).Plan["Shared Hit Blocks"] / people;
}

test("S84: what a list of everybody costs grows with the people, not with their square", async () => {
  await add(1, 50);
  const views = ["reporting.participant_status", "reporting.participant_flag"];
  const few = new Map<string, number>();
  for (const view of views) few.set(view, await pagesEach(view, 50));
  await add(51, 1000);
  for (const view of views) {
    const [before = 0, then] = [few.get(view), await pagesEach(view, 1000)];
    assert.ok(then < before * 2, `${view}: ${then} pages for each of 1,000, ${before} of 50`);
  }
});

const STEPS = 1001;
const MINUTE_MS = 60_000;

test("days of long ago and of the other side of the date line show their own steps, whenever they are asked for", async () => {
  const timeZone = "Pacific/Kiritimati";
  const participantId = await enrol(app, "P-far", { enrolledOn: "2026-08-01", timeZone });
  const midnight = Date.parse("2026-07-31T10:00:00Z");
  const at = [0, 1, 3].map((day) => midnight + day * 1440 * MINUTE_MS);
  const whose = { participantId, seriesId: STEPS, workflowRunId: "run" };
  await storePage(app, whose, pageOf(at, [100, 200, 400]));
  const read = new Date("2026-08-05T00:00:00Z");
  const days = ["2026-08-01", "2026-08-02", "2026-08-04"];
  await settleDays(app, participantId, STEPS, days, { began: read, ended: read, syncAt: read });
  for (const now of ["2026-08-04T12:00:00Z", "2026-11-25T12:00:00Z"]) {
    const asked = { before: null, limit: 60, now: new Date(now) };
    const shown = await readParticipantDays(app, "P-far", asked);
    assert.deepEqual(
      shown.map(({ day, steps }) => [day, steps]),
      [
        ["2026-08-04", 400],
        ["2026-08-02", 200],
        ["2026-08-01", 100],
      ],
      now,
    );
  }
  const asked = { before: "2026-08-02", limit: 60, now: read };
  const [first] = await readParticipantDays(app, "P-far", asked);
  assert.deepEqual([first?.day, first?.steps], ["2026-08-01", 100]);
});
