import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { pageOf, seeded } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { refreshTouchedHours } from "./aggregates.ts";
import { storePage } from "./samples.ts";
import { settleDays } from "./settle-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 20);
const minutes = (count: number) =>
  Array.from({ length: count }, (_, index) => START + index * MINUTE);

async function ownerOf(shortId: string) {
  const participantId = await enrol(database.app, shortId);
  return { participantId, seriesId: 1, workflowRunId: "run" };
}

async function stored(participantId: number) {
  const { rows } = await database.app.query<{ ms: number; value: number }>(
    `select (extract(epoch from time) * 1000)::bigint as ms, value from study.sample
     where participant_id = $1::int order by time`,
    [participantId],
  );
  return rows.map(({ ms, value }) => [ms, value]);
}

test("the same page again changes no sample, and adds only its provenance", async () => {
  const owner = await ownerOf("S-1");
  const page = pageOf(
    minutes(1440),
    minutes(1440).map((_, index) => 600 + (index % 90)),
  );
  assert.deepEqual(await storePage(database.app, owner, page), {
    inserted: 1440,
    updated: 0,
    quarantined: 0,
  });
  const before = await stored(owner.participantId);
  assert.deepEqual(await storePage(database.app, owner, page), {
    inserted: 0,
    updated: 0,
    quarantined: 0,
  });
  assert.deepEqual(await stored(owner.participantId), before);
  const { rows } = await database.app.query(
    "select samples, inserted from study.fetch where participant_id = $1::int order by id",
    [owner.participantId],
  );
  assert.deepEqual(rows, [
    { samples: 1440, inserted: 1440 },
    { samples: 1440, inserted: 0 },
  ]);
});

test("a value that changed at the source replaces the stored one and is counted as updated", async () => {
  const owner = await ownerOf("S-2");
  await storePage(database.app, owner, pageOf(minutes(3), [700, 710, 720]));
  const result = await storePage(database.app, owner, pageOf(minutes(4), [700, 715, 720, 730]));
  assert.deepEqual(result, { inserted: 1, updated: 1, quarantined: 0 });
  assert.deepEqual(
    (await stored(owner.participantId)).map(([, value]) => value),
    [700, 715, 720, 730],
  );
});

test("pages in any order and with any overlap leave the same rows as one page (seeded)", async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = seeded(seed);
    const owner = await ownerOf(`S-P${seed}`);
    const times = minutes(200).filter(() => random() < 0.8);
    const values = times.map(() => 500 + Math.floor(random() * 1000));
    for (let piece = 0; piece < 12; piece += 1) {
      const from = Math.floor(random() * times.length);
      const to = from + 1 + Math.floor(random() * 60);
      await storePage(database.app, owner, pageOf(times.slice(from, to), values.slice(from, to)));
    }
    await storePage(database.app, owner, pageOf(times.toReversed(), values.toReversed()));
    assert.deepEqual(
      await stored(owner.participantId),
      times.map((time, index) => [time, values[index]]),
      `seed ${seed}`,
    );
  }
});

test("an instant that comes twice in one page is stored once and does not fail the page", async () => {
  const owner = await ownerOf("S-3");
  const [first = 0, second = 0] = minutes(2);
  await storePage(database.app, owner, pageOf([first, first, second], [700, 700, 710]));
  assert.equal((await stored(owner.participantId)).length, 2);
});

test("what did not fit is kept with its reason, once, and counted when it comes again", async () => {
  const owner = await ownerOf("S-4");
  const rejected = [
    { reason: "implausible_value", detail: "999 is outside 20 to 250", payload: '{"bpm":999}' },
    { reason: "not_a_number", detail: "beatsPerMinuteAvg", payload: "with a \0 inside" },
  ] as const;
  await storePage(database.app, owner, pageOf(minutes(2), [700, 710], rejected));
  const again = await storePage(database.app, owner, pageOf(minutes(2), [700, 710], rejected));
  assert.equal(again.quarantined, 2);
  const { rows } = await database.app.query(
    `select reason, payload, times_seen from study.quarantine where participant_id = $1::int order by reason`,
    [owner.participantId],
  );
  assert.deepEqual(rows, [
    { reason: "implausible_value", payload: '{"bpm":999}', times_seen: 2 },
    { reason: "not_a_number", payload: "with a \\u0000 inside", times_seen: 2 },
  ]);
  assert.equal((await stored(owner.participantId)).length, 2);
});

test("an empty page stores nothing, touches no window, and still has its provenance", async () => {
  const owner = await ownerOf("S-5");
  await storePage(database.app, owner, pageOf([], []));
  const { rows } = await database.app.query(
    `select (select count(*)::int from study.fetch where participant_id = $1::int) as fetches,
       (select count(*)::int from study.touched_window where participant_id = $1::int) as windows`,
    [owner.participantId],
  );
  assert.deepEqual(rows, [{ fetches: 1, windows: 0 }]);
});

test("the hourly aggregate equals the samples after a refresh, and a second refresh has nothing to do", async () => {
  const owner = await ownerOf("S-6");
  await storePage(
    database.app,
    owner,
    pageOf(
      minutes(3000),
      minutes(3000).map((_, i) => 600 + (i % 70)),
    ),
  );
  // Two days and more: they are refreshed one by one, and none may be left out.
  await refreshTouchedHours(database.owner);
  const aggregate = async () => {
    const { rows } = await database.app.query(
      "select sum(n)::int as n, sum(sum)::int as sum, max(max) as max from study.sample_hour where participant_id = $1::int",
      [owner.participantId],
    );
    return rows[0];
  };
  const direct = async () => {
    const { rows } = await database.app.query(
      "select count(*)::int as n, sum(value)::int as sum, max(value) as max from study.sample where participant_id = $1::int",
      [owner.participantId],
    );
    return rows[0];
  };
  assert.deepEqual(await aggregate(), await direct());
  assert.deepEqual(await refreshTouchedHours(database.owner), { windows: 0, spans: 0 });
  await storePage(database.app, owner, pageOf([START], [999]));
  await refreshTouchedHours(database.owner);
  assert.deepEqual(await aggregate(), await direct());
});

test("late samples land in a compressed chunk and the same again still changes nothing", async () => {
  const owner = await ownerOf("S-7");
  const page = pageOf(
    minutes(300),
    minutes(300).map(() => 650),
  );
  await storePage(database.app, owner, page);
  await database.owner.query("select compress_chunk(c) from show_chunks('study.sample') c");
  assert.equal((await storePage(database.app, owner, page)).inserted, 0);
  const more = pageOf(
    minutes(320),
    minutes(320).map((_, index) => (index === 3 ? 900 : 650)),
  );
  assert.deepEqual(await storePage(database.app, owner, more), {
    inserted: 20,
    updated: 1,
    quarantined: 0,
  });
  assert.equal((await stored(owner.participantId)).length, 320);
});

test("a value that changes on a final day leaves what it was; on an open day it does not", async () => {
  const owner = await ownerOf("S-8");
  const day = "2026-11-20";
  await storePage(
    database.app,
    owner,
    pageOf(
      minutes(100),
      minutes(100).map(() => 700),
    ),
  );
  await storePage(database.app, owner, pageOf([START], [710]));
  const sync = new Date("2026-11-22T00:00:00Z");
  for (const began of ["2026-11-22T01:00:00Z", "2026-11-22T08:00:00Z"]) {
    const at = new Date(began);
    await settleDays(database.app, owner.participantId, 1, [day], {
      began: at,
      ended: at,
      syncAt: sync,
    });
  }
  await storePage(database.app, owner, pageOf([START, START + MINUTE], [720, 700]));
  const { rows } = await database.app.query(
    `select (extract(epoch from time) * 1000)::bigint as ms, old_value, new_value from study.sample_revision
     where participant_id = $1::int`,
    [owner.participantId],
  );
  assert.deepEqual(rows, [{ ms: START, old_value: 710, new_value: 720 }]);
});
