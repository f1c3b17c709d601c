import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { enrol } from "../testing/people.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const MINUTE = 60_000;

type Span = Readonly<{ day: string; minutes: number; startsAt: string }>;

async function localDays(participantId: number, first: string, last: string): Promise<Span[]> {
  const { rows } = await database.app.query<{ day: string; minutes: number; starts_at: Date }>(
    `select day, (extract(epoch from ends_at - starts_at) / 60)::int as minutes, starts_at
     from study.local_days($1::int, $2::date, $3::date) order by day`,
    [participantId, first, last],
  );
  return rows.map((row) => ({
    day: row.day,
    minutes: row.minutes,
    startsAt: row.starts_at.toISOString(),
  }));
}

async function moveTo(participantId: number, timeZone: string, from: string): Promise<void> {
  await database.app.query(
    "insert into study.participant_zone (participant_id, from_at, time_zone) values ($1::int, $2::timestamptz, $3::text)",
    [participantId, from, timeZone],
  );
}

const changes = [
  ["Europe/Oslo", "2026-03-29", 1380],
  ["Europe/Oslo", "2026-10-25", 1500],
  ["Australia/Lord_Howe", "2026-10-04", 1410],
  ["Australia/Lord_Howe", "2026-04-05", 1470],
  ["America/Santiago", "2026-09-06", 1380],
  ["Asia/Kolkata", "2026-09-06", 1440],
] as const;

for (const [zone, day, minutes] of changes) {
  test(`S47: ${day} in ${zone} has ${minutes} minutes`, async () => {
    const id = await enrol(database.app, `Z-${zone.replaceAll(/[^A-Za-z]/g, "")}-${minutes}`, {
      timeZone: zone,
    });
    assert.equal((await localDays(id, day, day))[0]?.minutes, minutes);
  });
}

test("S49: local days partition time through any change of zone: none lost, none counted twice", async () => {
  const journeys = [
    ["Europe/Oslo", "America/New_York", "2026-11-10T12:00:00Z"],
    ["America/New_York", "Europe/Oslo", "2026-11-10T02:00:00Z"],
    ["Pacific/Auckland", "Pacific/Honolulu", "2026-11-10T11:30:00Z"],
    ["Pacific/Honolulu", "Pacific/Auckland", "2026-11-10T11:30:00Z"],
    ["America/Santiago", "Australia/Lord_Howe", "2026-09-06T04:00:00Z"],
  ] as const;
  for (const [index, [from, to, at]] of journeys.entries()) {
    const id = await enrol(database.app, `J-${index}`, {
      timeZone: from,
      enrolledOn: "2026-08-01",
    });
    await moveTo(id, to, at);
    const days = await localDays(id, "2026-09-01", "2026-11-20");
    for (const [position, span] of days.entries()) {
      const next = days[position + 1];
      if (next === undefined) continue;
      const ends = Date.parse(span.startsAt) + span.minutes * MINUTE;
      assert.equal(new Date(ends).toISOString(), next.startsAt, `${from} → ${to}, ${span.day}`);
    }
  }
});

test("a zone changes at a full minute, so that every local day can be read by the minute", async () => {
  const id = await enrol(database.app, "J-minute");
  await assert.rejects(
    moveTo(id, "Asia/Tokyo", "2026-11-10T20:00:23.456Z"),
    /participant_zone_full_minute/,
  );
});
