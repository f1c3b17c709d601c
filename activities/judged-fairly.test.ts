import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listToSave } from "../sql/participant-ledger.ts";
import { storePage } from "../sql/samples.ts";
import { settleDays } from "../sql/settle-days.ts";
import { StudySettings } from "../sql/studies.ts";
import { changeSettings } from "../sql/study-changes.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import type { JudgedPerson } from "../testing/judged-person.ts";
import { HOUR, judgedPerson, MINUTE, minutesBetween } from "../testing/judged-person.ts";
import { pageOf } from "../testing/pages.ts";
import { judgeIdle } from "./judge-idle.ts";
import { judgeParticipant } from "./judge-participant.ts";

/** What a hostile reviewer found: days, gaps and flags that blamed a participant, or did not become what a whole says. */
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const DAY = 24 * HOUR;
const TODAY = Math.floor(Date.now() / DAY) * DAY;
const [STEPS, FILE_HEART_RATE] = [1002, 101];
const nameOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
/** Somebody of UTC enrolled so many days ago, and the instant at which that day began. */
async function since(shortId: string, daysAgo: number) {
  const start = TODAY - daysAgo * DAY;
  const enrolled = { shortId, enrolledOn: nameOf(start), timeZone: "UTC" };
  return { start, person: await judgedPerson(database.app, enrolled) };
}
const sameAsWhole = async (person: JudgedPerson, now: number) =>
  assert.deepEqual((await person.whole(now)).changed, { days: 0, gaps: 0 });
const flagOf = async (person: JudgedPerson) =>
  (
    await person.rows(
      `select f.inactive, f.low_wear, f.fault_in_window from reporting.participant_flag f
       join study.participant p on p.short_id = f.participant where p.id = $1::int`,
    )
  )[0];

test("days whose steps could not be read are nobody's low wear, and what they are once they were", async () => {
  const { start, person } = await since("F-1", 7);
  const readSteps = (day: number, at: Date) =>
    settleDays(database.app, person.id, STEPS, [nameOf(start + day * DAY)], {
      began: at,
      ended: at,
      syncAt: at,
    });
  for (let day = 0; day < 7; day++) {
    const from = start + day * DAY;
    await person.measure(minutesBetween(from + 8 * HOUR, from + 17 * HOUR));
    await settleDays(database.app, person.id, STEPS, [nameOf(from)], null);
    await person.sync(from + DAY + HOUR, 80, from + DAY + HOUR);
    await person.runNewest(from + DAY + 2 * HOUR, 9, "heart rate; steps: SourceUnavailable");
    await person.runNewest(from + DAY + 9 * HOUR, 9, "heart rate; steps: SourceUnavailable");
  }
  assert.deepEqual((await person.states()).slice(0, 7), Array(7).fill("pipeline_fault"));
  assert.deepEqual(await flagOf(person), {
    inactive: false,
    low_wear: false,
    fault_in_window: true,
  });
  const owner = { participantId: person.id, seriesId: STEPS, workflowRunId: "late" };
  const now = TODAY + 10 * HOUR;
  for (let day = 0; day < 7; day++) {
    const evening = minutesBetween(start + day * DAY + 17 * HOUR, start + day * DAY + 21 * HOUR);
    await storePage(database.app, owner, pageOf(evening, Array(240).fill(20)));
    await readSteps(day, new Date(now));
  }
  await person.run(now);
  assert.deepEqual((await person.states()).slice(0, 7), Array(7).fill("valid"));
  await sameAsWhole(person, now);
});

for (const state of ["completed", "withdrawn"] as const)
  test(`days after the last are after participation, also where ${state} is said a week later`, async () => {
    const { start, person } = await since(`E-${state}`, 9);
    await person.measure(minutesBetween(start, start + 3 * DAY));
    for (let day = 1; day <= 8; day++) {
      await person.sync(start + day * DAY + HOUR, 80, start + day * DAY + HOUR);
      await person.run(start + day * DAY + 2 * HOUR);
      await person.run(start + day * DAY + 9 * HOUR);
    }
    await person.become(state, TODAY + HOUR, nameOf(start + 2 * DAY));
    await judgeIdle(database.app, new Date(TODAY + 2 * HOUR));
    const states = await person.states();
    assert.deepEqual(states.slice(3), Array(states.length - 3).fill("after_participation"));
    const gaps = await person.rows(
      `select distinct cause from study.gap where participant_id = $1::int and recovered_at is null`,
    );
    assert.deepEqual(gaps, [{ cause: "outside_participation" }]);
    assert.deepEqual((await judgeIdle(database.app, new Date(TODAY + 3 * HOUR))).participants, 0);
    await sameAsWhole(person, TODAY + 3 * HOUR);
  });

test("what an exchanged watch still holds is told by its own sync, is on the list to save, and ends with its memory", async () => {
  const { start, person } = await since("W-1", 7);
  await person.measure(minutesBetween(start, start + DAY + 5 * HOUR));
  await person.sync(start + DAY + 5 * HOUR, 80, start + DAY + 5 * HOUR, "old");
  await person.run(start + DAY + 6 * HOUR);
  const worn = async (day: number) => {
    const now = start + day * DAY + 10 * HOUR;
    await person.measure(
      minutesBetween(Math.max(start + 4 * DAY + 9 * HOUR, now - DAY - HOUR), now - HOUR),
    );
    await person.sync(now - HOUR, 80, now, "new");
    await person.run(now);
    await person.run(now + 7 * HOUR);
  };
  for (const day of [4, 5, 6]) await worn(day);
  const [proof] = await person.rows(
    `select state, proof ->> 'handedOverTo' as "handedOverTo" from study.judged_day
     where participant_id = $1::int order by day offset 2 limit 1`,
  );
  const synced = new Date(start + DAY + 5 * HOUR);
  assert.deepEqual(proof, { state: "unsynced", handedOverTo: synced.toISOString() });
  const toSave = (await listToSave(database.app)).find(({ participant }) => participant === "W-1");
  assert.deepEqual([toSave?.onReplaced, toSave?.newestAt], [true, synced]);
  assert.deepEqual(toSave?.saveUntil, new Date(synced.getTime() + 7 * DAY));
  for (const day of [7, 8, 9, 10, 11, 12]) await worn(day);
  await sameAsWhole(person, start + 12 * DAY + 17 * HOUR);
  const lost = await person.rows(
    `select cause, starts_at as from, ends_at as to from study.gap
     where participant_id = $1::int and recovered_at is null and cause not in ('not_yet_synced', 'short_unknown')`,
  );
  const span = { from: synced, to: new Date(start + 4 * DAY + 9 * HOUR) };
  assert.deepEqual(lost, [{ cause: "device_memory_exceeded", ...span }]);
});

for (const from of ["invited", "paused"] as const)
  test(`nobody is inactive for the time in which they were ${from}`, async () => {
    const { start, person } = await since(`I-${from}`, 20);
    await person.become(from, start + HOUR);
    const now = Date.now();
    await person.become("active", now - HOUR);
    await person.run(now);
    assert.equal((await flagOf(person))?.["inactive"], false);
    await person.become(from, start + HOUR);
    await person.become("active", now - 50 * HOUR);
    await database.app.query(
      "delete from study.participant_state_change where participant_id = $1::int and at > now() - interval '49 hours'",
      [person.id],
    );
    assert.equal((await flagOf(person))?.["inactive"], true);
  });

test("days that waited for a sync wait again once a pause is over", async () => {
  const { start, person } = await since("P-1", 6);
  await person.measure(minutesBetween(start, start + 20 * HOUR));
  await person.sync(start + 20 * HOUR, 80, start + 21 * HOUR);
  for (const hours of [21, 29, 53]) await person.run(start + hours * HOUR);
  await person.become("paused", start + 2 * DAY + 6 * HOUR);
  await judgeIdle(database.app, new Date(start + 2 * DAY + 7 * HOUR));
  assert.deepEqual((await person.states()).slice(0, 2), ["paused", "paused"]);
  await person.become("active", start + 3 * DAY + 6 * HOUR);
  for (const day of [3, 4, 5]) await person.run(start + day * DAY + 7 * HOUR);
  assert.deepEqual((await person.states()).slice(0, 2), ["unsynced", "unsynced"]);
  await sameAsWhole(person, start + 5 * DAY + 7 * HOUR);
});

test("a watch that repeats one value for a week makes one gap from where it began, and nothing that arrived after all", async () => {
  const { start, person } = await since("T-1", 9);
  await person.measure(minutesBetween(start, start + DAY + 10 * HOUR));
  const owner = { participantId: person.id, seriesId: 1, workflowRunId: "flat" };
  for (let day = 2; day <= 8; day++) {
    const now = start + day * DAY + 6 * HOUR;
    const from = day === 2 ? start + DAY + 10 * HOUR : now - DAY - HOUR;
    const times = minutesBetween(from, now - HOUR);
    await storePage(database.app, owner, pageOf(times, Array(times.length).fill(720)));
    await person.sync(now - HOUR, 80, now);
    await person.run(now);
    await person.run(now + 7 * HOUR);
  }
  const gaps = await person.rows(
    `select starts_at as at, recovered_at as recovered from study.gap
     where participant_id = $1::int and cause = 'not_worn'`,
  );
  assert.deepEqual(gaps, [{ at: new Date(start + DAY + 10 * HOUR), recovered: null }]);
  await sameAsWhole(person, start + 8 * DAY + 13 * HOUR);
});

test("what was never synced of somebody who completed stays unsynced when nobody is asked any more", async () => {
  const { start, person } = await since("C-1", 50);
  await person.measure(minutesBetween(start, start + 2 * DAY));
  await person.sync(start + 2 * DAY, 80, start + 2 * DAY);
  for (const hours of [49, 57]) await person.run(start + hours * HOUR);
  await person.become("completed", start + 4 * DAY, nameOf(start + 4 * DAY));
  for (let day = 5; day < 34; day += 4) await person.run(start + day * DAY);
  assert.deepEqual((await person.states()).slice(3), ["unsynced", "unsynced"]);
  await sameAsWhole(person, TODAY);
});

test("who came by files and is connected later is judged anew by the account's series, and no gap of the files stays", async () => {
  const { start, person } = await since("L-1", 6);
  const days = Array.from({ length: 5 }, (_, day) => nameOf(start + day * DAY));
  const store = (seriesId: number, times: readonly number[]) =>
    storePage(
      database.app,
      { participantId: person.id, seriesId, workflowRunId: "x" },
      pageOf(
        times,
        times.map((ms) => 600 + ((ms / MINUTE) % 7) * 10),
      ),
    );
  for (let day = 0; day < 5; day++)
    await store(
      FILE_HEART_RATE,
      minutesBetween(start + (day * 24 + 7) * HOUR, start + (day * 24 + 22) * HOUR),
    );
  const read = new Date(start + 5 * DAY);
  await settleDays(database.app, person.id, FILE_HEART_RATE, days, {
    began: read,
    ended: read,
    syncAt: null,
  });
  await judgeParticipant(database.app, person.id, { touched: days }, read);
  await store(1, minutesBetween(start, start + 5 * DAY + 6 * HOUR));
  await person.sync(start + 5 * DAY + 6 * HOUR, 80, start + 5 * DAY + 6 * HOUR);
  await person.run(start + 5 * DAY + 6 * HOUR);
  assert.deepEqual(
    await person.rows(
      "select cause from study.gap where participant_id = $1::int and series_id <> 1",
    ),
    [],
  );
  await sameAsWhole(person, start + 5 * DAY + 6 * HOUR);
});

test("whom no run judges is judged by new rules, too", async () => {
  const { start, person } = await since("Z-1", 6);
  for (let day = 0; day < 4; day++)
    await person.measure(
      minutesBetween(start + (day * 24 + 8) * HOUR, start + (day * 24 + 19) * HOUR),
    );
  await person.sync(start + 4 * DAY + HOUR, 80, start + 4 * DAY + HOUR);
  for (const hours of [97, 104]) await person.run(start + hours * HOUR);
  await person.become("withdrawn", start + 5 * DAY, nameOf(start + 5 * DAY));
  await judgeIdle(database.app, new Date(TODAY));
  assert.deepEqual((await person.states()).slice(0, 4), Array(4).fill("valid"));
  const settings = StudySettings.parse({ validDayMinutes: 720 });
  const because = { by: "a test", why: "to test" };
  await changeSettings(database.app, { slug: "test", basedOn: 1, settings, changes: {} }, because);
  await judgeIdle(database.app, new Date(TODAY));
  assert.deepEqual((await person.states()).slice(0, 4), Array(4).fill("partial"));
});
