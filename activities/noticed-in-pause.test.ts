import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { changeState } from "../sql/participant-changes.ts";
import { takeNotices } from "../sql/webhook-notices.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";

let world: IngestWorld;
before(async () => {
  world = await ingestWorld({ participants: 1 });
});
after(() => world.stop());

const heartRate = { reads: () => false };
const window = { from: new Date("2026-11-21T09:00:00Z"), to: new Date("2026-11-21T12:00:00Z") };

test("F8: what a notification tells of during a pause is read once it is over, and nobody is asked for before", async () => {
  const { db, source, clock } = world.deps;
  const participant = await world.connectPerson(0, "2026-11-20");
  const move = (verb: "pause" | "resume") =>
    changeState(db, { shortId: participant, verb }, { by: "a test", why: "to test" });
  const runAt = (now: string) => {
    world.setNow(now);
    return runOnce(world, participant, heartRate);
  };
  const held = async () =>
    [...(await world.stored(participant)).keys()].filter(
      (ms) => ms >= window.from.getTime() && ms < window.to.getTime(),
    ).length;
  await runAt("2026-11-24T12:00:20Z");
  await runAt("2026-11-24T19:00:20Z");
  assert.ok((await held()) > 0);
  await move("pause");
  const { rows } = await db.query<{ user: string }>(
    `select c.provider_user_id as "user" from study.connection c`,
  );
  const notice = { sha256: "00".repeat(32), providerUserId: rows[0]?.user ?? "" };
  const span = { from: window.from.getTime(), to: window.to.getTime() };
  world.upstream.simulator.deletions.add(participant, span);
  const told = { ...notice, dataType: "heart-rate", windows: [window] };
  assert.deepEqual(await takeNotices(db, source.name, [told], clock()), {
    fresh: 1,
    unknown: 0,
    due: [],
    waiting: [],
  });
  assert.equal((await runAt("2026-11-25T12:00:20Z")).outcome, "skipped");
  await move("resume");
  const { touchedDays } = await runAt("2026-11-26T12:00:20Z");
  assert.ok(touchedDays.includes("2026-11-21"));
  await runAt("2026-11-26T19:00:20Z");
  assert.equal(await held(), 0, "what the source deleted is withdrawn");
});
