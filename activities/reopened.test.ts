import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { moveParticipant } from "../sql/participant-changes.ts";
import { takeNotices } from "../sql/webhook-notices.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";

let world: IngestWorld;
before(async () => {
  world = await ingestWorld();
});
after(() => world.stop());

const DAY = "2026-11-20";
const FROM = new Date(`${DAY}T09:00:00Z`);
const TO = new Date(`${DAY}T12:00:00Z`);
const heartRate = { reads: () => false };

/** Somebody whose days were read twice, seven hours apart. */
async function readTwice(index: number): Promise<string> {
  world.setNow("2026-11-24T12:00:20Z");
  const participant = await world.connectPerson(index, "2026-11-18");
  await runOnce(world, participant, heartRate);
  world.setNow("2026-11-24T19:00:20Z");
  await runOnce(world, participant, heartRate);
  assert.deepEqual(await cellOf(participant), { read: true, stable: true, final: true });
  return participant;
}

async function cellOf(participant: string) {
  const { rows } = await world.database.app.query(
    `select m.read_at is not null as read, m.stable_since is not null as stable, m.final_at is not null as final
     from study.ledger_metric m join study.participant p on p.id = m.participant_id
     where p.short_id = $1::text and m.day = $2::date and m.series_id = 1`,
    [participant, DAY],
  );
  return rows[0];
}

async function notify(participant: string, sha: string): Promise<void> {
  const { db, source, clock } = world.deps;
  const { rows } = await db.query<{ account: string }>(
    `select c.provider_user_id as account from study.connection c
     join study.participant p on p.id = c.participant_id where p.short_id = $1::text`,
    [participant],
  );
  const notice = {
    sha256: createHash("sha256").update(sha).digest("hex"),
    providerUserId: rows[0]?.account ?? "",
    dataType: "heart-rate",
    windows: [{ from: FROM, to: TO }],
  };
  await takeNotices(db, source.name, [notice], clock());
}

test("a notification that comes between reading and settling is not undone by the settling: what it is about is read, and the day final then", async () => {
  const participant = await readTwice(0);
  await notify(participant, "first");
  world.setNow("2026-11-24T19:01:20Z");
  const kept = async () =>
    [...(await world.stored(participant)).keys()].filter(
      (ms) => ms >= FROM.getTime() && ms < TO.getTime(),
    ).length;
  assert.notEqual(await kept(), 0);
  await runOnce(world, participant, {
    ...heartRate,
    afterReading: async () => {
      const taken = { from: FROM.getTime(), to: TO.getTime() };
      world.upstream.simulator.deletions.add(participant, taken);
      world.setNow("2026-11-24T19:01:40Z");
      await notify(participant, "second");
    },
  });
  assert.deepEqual(await cellOf(participant), { read: false, stable: true, final: false });
  for (const at of ["2026-11-24T19:20:00Z", "2026-11-25T04:00:00Z", "2026-11-25T19:00:00Z"]) {
    world.setNow(at);
    await runOnce(world, participant, heartRate);
  }
  assert.equal(await kept(), 0);
  assert.deepEqual(await cellOf(participant), { read: true, stable: true, final: true });
});

test("a reading by the bounds of before a move is no reading of the days that moved", async () => {
  const participant = await readTwice(1);
  await notify(participant, "third");
  world.setNow("2026-11-24T19:01:20Z");
  await runOnce(world, participant, {
    ...heartRate,
    afterReading: () => {
      world.setNow("2026-11-24T19:01:40Z");
      const move = { shortId: participant, timeZone: "Pacific/Honolulu" };
      const from = new Date("2026-11-10T00:00:00Z");
      const at = world.deps.clock();
      return moveParticipant(world.deps.db, { ...move, from, at }, { by: "ola", why: "wrong" });
    },
  });
  assert.deepEqual(await cellOf(participant), { read: false, stable: false, final: false });
  world.setNow("2026-11-24T19:02:20Z");
  await runOnce(world, participant, heartRate);
  assert.deepEqual(await cellOf(participant), { read: true, stable: true, final: false });
});
