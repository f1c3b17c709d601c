import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { moveParticipant } from "../sql/participant-changes.ts";
import { takeNotices } from "../sql/webhook-notices.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";
import { replayKept } from "./replay-kept.ts";

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

test("a sleep of who is read goes to the day it ends in by the corrected zone, which revises nothing; read again, it is put right", async () => {
  const { db, clock } = world.deps;
  world.setNow("2026-11-24T12:00:20Z");
  const participant = await world.connectPerson(5, "2026-11-18");
  const sleep = { reads: (dataType: string) => dataType === "sleep" };
  await runOnce(world, participant, sleep);
  world.setNow("2026-11-24T19:00:20Z");
  await runOnce(world, participant, sleep);
  const astray = async () =>
    (
      await db.query<{ astray: number; revised: number; nights: number }>(
        `select count(*) filter (where s.day <> study.local_day(p.id, s.ends_at))::int as astray,
           count(*)::int as nights, (select count(*)::int from study.session_revision) as revised
         from study.session s join study.participant p on p.id = s.participant_id
         where p.short_id = $1::text and s.series_id = 1020`,
        [participant],
      )
    ).rows[0];
  const nights = 5;
  assert.deepEqual(await astray(), { astray: 0, nights, revised: 0 });
  const from = new Date("2026-11-10T00:00:00Z");
  const move = { shortId: participant, timeZone: "Pacific/Honolulu", from, at: clock() };
  await moveParticipant(db, move, { by: "ola", why: "enrolled in the wrong zone" });
  assert.deepEqual(await astray(), { astray: 0, nights, revised: 0 });
  await db.query("update study.session set day = day + 1 where day = '2026-11-20'");
  assert.deepEqual(await astray(), { astray: 1, nights, revised: 0 });
  world.setNow("2026-11-24T19:30:20Z");
  await runOnce(world, participant, sleep);
  assert.deepEqual(await astray(), { astray: 0, nights, revised: 0 });
  const { rows } = await db.query<{ differ: number }>(
    `select count(*)::int as differ
     from study.ledger_metric m
     join study.participant p on p.id = m.participant_id and p.short_id = $1::text
     where m.series_id = 1020 and (m.received_minutes > 0) <> exists (
       select from study.session s where s.participant_id = p.id and s.series_id = 1020 and s.day = m.day)`,
    [participant],
  );
  assert.equal(rows[0]?.differ, 0, "the ledger counts each day's own");
});

test("a final day into which a refused reading was taken over is read again and final, although the device syncs no more", async () => {
  const { db, clock, source } = world.deps;
  const handedBack = {
    ...source,
    fetchDevices: async (token: string) => {
      const told = await source.fetchDevices(token);
      const lastSyncAt = new Date("2026-11-23T10:00:00Z");
      return { ...told, devices: told.devices.map((device) => ({ ...device, lastSyncAt })) };
    },
  };
  const silent = { ...world, deps: { ...world.deps, source: handedBack } };
  const plausibleUpTo = (bpm: number) =>
    world.database.owner.query("update study.metric set plausible_max = $1 where id = 1", [bpm]);
  world.setNow("2026-11-24T12:00:20Z");
  const participant = await world.connectPerson(6, "2026-11-18");
  await plausibleUpTo(75);
  await runOnce(silent, participant, heartRate);
  world.setNow("2026-11-24T19:00:20Z");
  await runOnce(silent, participant, heartRate);
  assert.deepEqual(await cellOf(participant), { read: true, stable: true, final: true });
  await plausibleUpTo(300);
  const { stored } = await replayKept({ db, source: handedBack, clock }, null);
  assert.ok(stored > 0);
  assert.equal((await cellOf(participant))?.final, false);
  for (const now of ["2026-11-25T12:00:20Z", "2026-11-25T19:00:20Z"]) {
    world.setNow(now);
    await runOnce(silent, participant, heartRate);
  }
  assert.deepEqual(await cellOf(participant), { read: true, stable: true, final: true });
});
