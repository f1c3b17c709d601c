import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dropChunks } from "../sql/maintenance.ts";
import { only } from "../sql/pool.ts";
import type { SleepSession } from "../sql/sessions.ts";
import { storeSleepSessions } from "../sql/sessions.ts";
import { StudySettings } from "../sql/studies.ts";
import { changeSettings } from "../sql/study-changes.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { HOUR, judgedPerson, MINUTE, minutesBetween } from "../testing/judged-person.ts";
import { seeded } from "../testing/pages.ts";
import { judgeIdle } from "./judge-idle.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const connected = (shortId: string, enrolledOn: string, timeZone = "Europe/Oslo") =>
  judgedPerson(database.app, { shortId, enrolledOn, timeZone });
const because = { by: "a test", why: "to test" };
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

for (const seed of [1, 3])
  test(`run by run the days come out as when all are judged at once (seed ${seed})`, async () => {
    const random = seeded(seed);
    const start = Date.parse("2026-10-19T00:00:00Z");
    const zone = ["Europe/Oslo", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"][
      seed - 1
    ];
    const person = await connected(`P-${seed}`, "2026-10-19", zone);
    let [now, synced, battery] = [start + 12 * HOUR, start, 100];
    for (let step = 0; step < 14; step++) {
      const syncs = random() < 0.7;
      if (syncs) {
        const to = now - Math.floor(random() * 90) * MINUTE;
        // Off the wrist at times, for minutes or for most of it; a charge at others; a watch that forgot a week.
        const offFrom = synced + random() * (to - synced);
        const offTo = offFrom + random() ** 3 * 14 * HOUR;
        const forgotten = to - synced > 168 * HOUR ? to - 168 * HOUR : synced;
        await person.measure(
          minutesBetween(Math.ceil(forgotten / MINUTE) * MINUTE, to).filter(
            (ms) => (ms < offFrom || ms >= offTo) && random() > 0.015,
          ),
        );
        battery = random() < 0.4 ? 95 : Math.max(2, battery - 5);
        synced = to;
        await person.sync(synced, battery, now);
      }
      await person.run(now, random() < 0.85);
      const { changed } = await person.whole(now);
      assert.deepEqual(changed, { days: 0, gaps: 0 }, `step ${step}`);
      now += Math.floor((2 + random() ** 4 * 220) * 60) * MINUTE;
    }
    const found = new Set(await person.states());
    assert.ok(found.size >= 3, [...found].join());
    const overlaps = await person.rows(
      `select 1 from study.gap a join study.gap b on a.participant_id = b.participant_id and a.starts_at < b.starts_at
         and b.starts_at < a.ends_at and a.recovered_at is null and b.recovered_at is null
       where a.participant_id = $1::int`,
    );
    assert.deepEqual(overlaps, [], "gaps overlap");
    const missing = await person.rows(
      `select j.day from study.judged_day j where j.participant_id = $1::int and j.state in ('valid', 'partial', 'not_worn')
         and j.expected_minutes <> j.received_minutes + (
           select sum(value::int) from jsonb_each_text(j.proof -> 'missingBy'))`,
    );
    assert.deepEqual(missing, [], "minutes without a cause");
  });

/** Four final days worn whole, in Oslo, or in UTC from the midnight that is given. */
async function steady(shortId: string, since: number | null = null) {
  const from = since ?? Date.parse("2026-11-01T23:00:00Z");
  const zone = since === null ? "Europe/Oslo" : "UTC";
  const person = await connected(shortId, dayOf(from + 2 * HOUR), zone);
  const to = from + 96 * HOUR;
  await person.measure(minutesBetween(from, to));
  await person.sync(to + HOUR, 80, to + HOUR);
  await person.run(to + HOUR);
  await person.run(to + 8 * HOUR);
  return { person, now: to + 8 * HOUR, from };
}

test("judging again without anything new changes no row", async () => {
  const { person, now } = await steady("Q-1");
  assert.deepEqual(await person.states(), ["valid", "valid", "valid", "valid", "pending"]);
  assert.deepEqual((await person.run(now)).changed, { days: 0, gaps: 0 });
});

test("changed rules judge every day anew at the next run, and that is recorded", async () => {
  const { person, now } = await steady("Q-2");
  const settings = StudySettings.parse({ validDayMinutes: 1440 });
  await changeSettings(database.app, { slug: "test", basedOn: 1, settings, changes: {} }, because);
  await person.measure([now + HOUR]);
  await person.run(now + 2 * HOUR);
  const reasons = await person.rows(
    "select reason, from_version, to_version, days from study.rejudgement where participant_id = $1::int order by id",
  );
  assert.deepEqual(reasons.slice(-1), [
    { reason: "rules", from_version: 1, to_version: 2, days: 5 },
  ]);
  const versions = await person.rows(
    "select distinct settings_version as version from study.judged_day where participant_id = $1::int",
  );
  assert.deepEqual(versions, [{ version: 2 }]);
});

test("S28, S30: data that arrives late recovers its gap, and the gap says when", async () => {
  const person = await connected("Q-3", "2026-11-02");
  const from = Date.parse("2026-11-01T23:00:00Z");
  const now = from + 60 * HOUR;
  await person.measure(minutesBetween(from, from + 12 * HOUR));
  await person.sync(from + 12 * HOUR, 80, now);
  await person.run(now);
  const gaps = () =>
    person.rows(
      `select cause, (extract(epoch from ends_at - starts_at) / 3600)::int as hours, recovered_at is not null as recovered
       from study.gap where participant_id = $1::int order by starts_at`,
    );
  assert.deepEqual(await gaps(), [{ cause: "not_yet_synced", hours: 48, recovered: false }]);
  await person.measure(minutesBetween(from + 12 * HOUR, now));
  await person.sync(now, 70, now + HOUR);
  await person.run(now + HOUR);
  const [recovered, live] = await gaps();
  assert.deepEqual(recovered, { cause: "not_yet_synced", hours: 48, recovered: true });
  assert.deepEqual(live, { cause: "not_yet_synced", hours: 1, recovered: false });
});

test("S47: days of 23, 23.5, 24.5 and 25 hours and one without midnight are judged in their own length", async () => {
  const lengths: Record<string, [string, string, number]> = {
    "L-1": ["Europe/Oslo", "2026-10-25", 1500],
    "L-2": ["Europe/Oslo", "2026-03-29", 1380],
    "L-3": ["Australia/Lord_Howe", "2026-10-04", 1410],
    "L-4": ["Australia/Lord_Howe", "2026-04-05", 1470],
    "L-5": ["America/Santiago", "2026-09-06", 1380],
  };
  for (const [shortId, [zone, day, minutes]] of Object.entries(lengths)) {
    const person = await connected(shortId, day, zone);
    const from = Date.parse(`${day}T00:00:00Z`) - 14 * HOUR;
    await person.measure(minutesBetween(from, from + 60 * HOUR));
    await person.sync(from + 60 * HOUR, 80, from + 60 * HOUR);
    await person.run(from + 60 * HOUR);
    const [first] = await person.rows(
      `select expected_minutes as expected, wear_minutes as worn from study.judged_day
       where participant_id = $1::int order by day limit 1`,
    );
    assert.deepEqual(first, { expected: minutes, worn: minutes }, `${zone} ${day}`);
  }
});

test("who pauses is judged without a run: open days are paused at once, every new day once, and then nothing is left", async () => {
  const { person, now } = await steady("Q-5");
  await database.app.query(
    "update study.participant_state_change set at = $2::timestamptz where participant_id = $1::int",
    [person.id, new Date(now - 100 * HOUR)],
  );
  await changeState(database.app, person, "paused", now + HOUR);
  const judged = async (at: number) => (await judgeIdle(database.app, new Date(at))).days;
  assert.equal(await judged(now + HOUR), 1);
  assert.deepEqual(await person.states(), ["valid", "valid", "valid", "valid", "paused"]);
  assert.equal(await judged(now + 2 * HOUR), 0);
  await judged(now + 25 * HOUR);
  assert.deepEqual((await person.states()).slice(-2), ["paused", "paused"]);
  assert.equal((await judgeIdle(database.app, new Date(now + 26 * HOUR))).participants, 0);
  assert.deepEqual((await person.whole(now + 25 * HOUR)).changed, { days: 0, gaps: 0 });
});

/** As `changeParticipant` writes it, at a moment of the test's own. */
async function changeState(
  db: TestDatabase["app"],
  { id }: { id: number },
  to: string,
  at: number,
) {
  await db.query(
    `with changed as (update study.participant set state = $2::text where id = $1::int)
     insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
     values ($1::int, $3::timestamptz, 'active', $2::text, 'a test', 'to test')`,
    [id, to, new Date(at)],
  );
}

/** Nights that end on these days, each with hours asleep out of eight in bed. */
function nights(days: readonly string[], hoursAsleep: number): SleepSession[] {
  return days.map((day) => {
    const startMs = Date.parse(`${day}T06:00:00Z`) - 8 * HOUR;
    const asleepUntil = startMs + hoursAsleep * HOUR;
    return {
      providerSessionId: `night ${day}`,
      stages: [
        { startMs, endMs: asleepUntil, stage: "asleep" },
        { startMs: asleepUntil, endMs: startMs + 8 * HOUR, stage: "awake" },
      ],
      minutesAsleep: hoursAsleep * 60,
      minutesInBed: 480,
    };
  });
}

test("low sleep is three low nights of the last final days, and is an episode that begins and ends once", async () => {
  const first = Math.floor(Date.now() / (24 * HOUR) - 5) * 24 * HOUR;
  const { person, now } = await steady("Q-4", first);
  const owner = { participantId: person.id, seriesId: 1102 };
  const days = [1, 2, 3].map((after) => dayOf(first + after * 24 * HOUR));
  const flag = async () =>
    only(
      await person.rows(
        `select f.low_sleep, f.low_sleep_nights, f.nights from reporting.participant_flag f
       join study.participant p on p.short_id = f.participant where p.id = $1::int`,
      ),
      "flag",
    );
  const store = (hours: number) =>
    storeSleepSessions(database.app, owner, nights(days, hours), new Date(now));
  await store(5);
  assert.deepEqual(await flag(), { low_sleep: true, low_sleep_nights: 3, nights: 3 });
  await person.run(now + HOUR);
  await person.run(now + 2 * HOUR);
  await store(7);
  assert.deepEqual(await flag(), { low_sleep: false, low_sleep_nights: 0, nights: 3 });
  await person.run(now + 3 * HOUR);
  const episodes = await person.rows(
    `select kind, began_at, ended_at from study.episode where participant_id = $1::int and kind = 'low_sleep'`,
  );
  assert.deepEqual(episodes, [
    { kind: "low_sleep", began_at: new Date(now + HOUR), ended_at: new Date(now + 3 * HOUR) },
  ]);
});

test("days whose samples were dropped stay as they were judged, also when all are judged again or by new rules", async () => {
  const person = await connected("P-kept", "2026-10-01", "UTC");
  const start = Date.parse("2026-10-01T00:00:00Z");
  for (let day = 0; day < 8; day++) {
    const [from, to] = day === 3 ? [0, 20] : [4, 16];
    await person.measure(
      minutesBetween(start + (day * 24 + from) * HOUR, start + (day * 24 + to) * HOUR),
    );
  }
  const now = start + 8 * 24 * HOUR + 9 * HOUR;
  await person.sync(now - HOUR, 80, now - HOUR);
  await person.run(now - HOUR);
  await person.run(now + 7 * HOUR);
  const told = () =>
    person.rows(
      `select g.starts_at, g.ends_at, g.cause, j.day, j.state, j.wear_minutes, j.settings_version
       from study.judged_day j left join study.gap g on g.participant_id = j.participant_id
         and g.starts_at < j.ends_at and g.ends_at > j.starts_at
       where j.participant_id = $1::int and j.day < '2026-10-05' order by j.day, g.starts_at`,
    );
  const before = await told();
  await dropChunks(database.owner, new Date(start + 4 * 24 * HOUR));
  assert.deepEqual((await person.whole(now + 7 * HOUR)).changed, { days: 0, gaps: 0 });
  assert.deepEqual(await told(), before);
});
