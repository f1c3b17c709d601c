import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Refused } from "../sql/connections.ts";
import { refuseConnection } from "../sql/connections.ts";
import { changeState } from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import type { IngestPlan } from "./ingest.ts";
import { createIngestActivities } from "./ingest.ts";
import type { SeriesReading } from "./read-windows.ts";

let world: IngestWorld;
let activities: ReturnType<typeof createIngestActivities>;
before(async () => {
  world = await ingestWorld();
  activities = createIngestActivities(world.deps);
});
after(() => world.stop());

const because = { by: "a test", why: "to test" };
const POINTS = "dataPoints:rollUp";
const scheduledAt = "2026-11-24T12:00:00Z";

async function plan(participant: string): Promise<IngestPlan> {
  const { result } = await persist(activities.planIngest, { participant, scheduledAt });
  assert.ok(result);
  return result;
}

async function fetchDays(participant: string, { windows }: IngestPlan): Promise<SeriesReading> {
  const { result } = await persist(activities.fetchHeartRate, { participant, windows });
  assert.ok(result);
  return result;
}

async function person(participant: string): Promise<Participant> {
  const found = await findParticipant(world.deps.db, participant);
  assert.ok(found);
  return found;
}

async function report(participant: string, status: Refused["status"], at: Date, foundFrom = at) {
  const { id } = await person(participant);
  const change = { status, reason: "the provider said so", at, foundFrom };
  await refuseConnection(world.deps.db, id, world.deps.source.name, change);
}

test("a refusal in mid-reading keeps the credit of the windows read, and the days left are named", async () => {
  const participant = await world.connectPerson(0);
  const planned = await plan(participant);
  assert.ok(planned.windows.length > 1);
  const [first] = planned.windows;
  const { source } = world.deps;
  let windows = 0;
  const refusing = createIngestActivities({
    ...world.deps,
    source: {
      ...source,
      fetchPages: (...asked) => {
        windows += 1;
        if (windows === 2) world.fault({ kind: "scopeMissing", path: POINTS, participant });
        return source.fetchPages(...asked);
      },
    },
  });
  const { result } = await persist(refusing.fetchHeartRate, {
    participant,
    windows: planned.windows,
  });
  assert.deepEqual(result?.stopped, { type: "ScopeMissing", evidence: null });
  assert.ok(result.inserted > 0);
  const left = planned.windows.slice(1).flatMap(({ days }) => days);
  assert.deepEqual(result.unreadDays, left);
  assert.ok(first?.days.every((day) => !result.unreadDays.includes(day)));
});

test("a participant who withdraws while a run waits is not asked for another window", async () => {
  const participant = await world.connectPerson(1);
  const planned = await plan(participant);
  await changeState(world.deps.db, { shortId: participant, verb: "withdraw" }, because);
  world.upstream.simulator.requests.reset();
  const { stopped, unreadDays, pages } = await fetchDays(participant, planned);
  assert.deepEqual(stopped, { type: "NotAllowed", evidence: "participant is withdrawn" });
  assert.deepEqual(
    unreadDays,
    planned.windows.flatMap(({ days }) => days),
  );
  assert.equal(pages, 0);
  assert.deepEqual(world.upstream.simulator.requests.counts(), {});
});

test("S71: a completed participant's open days are read on for a month, then nothing is asked any more", async () => {
  const participant = await world.connectPerson(2);
  const lastDay = "2026-11-23";
  await changeState(world.deps.db, { shortId: participant, verb: "complete", lastDay }, because);
  const { skip, windows } = await plan(participant);
  assert.equal(skip, null);
  assert.equal(windows[0]?.days.at(0), lastDay);
  world.setNow("2026-12-25T12:00:20Z");
  assert.equal((await plan(participant)).skip?.why, "participant is completed");
  world.setNow("2026-11-24T12:00:20Z");
});

test("a completed participant all of whose days are final is not asked for", async () => {
  const participant = await world.connectPerson(3);
  const { enrolledOn } = await person(participant);
  const ending = { shortId: participant, verb: "complete", lastDay: enrolledOn } as const;
  await changeState(world.deps.db, ending, because);
  await world.database.app.query(
    `insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
     select p.id, d.day, d.starts_at, d.ends_at, 1440, 0, now() from study.participant p
     cross join lateral study.local_days(p.id, p.enrolled_on, p.ended_on) d where p.short_id = $1::text`,
    [participant],
  );
  await world.database.app.query(
    `insert into study.ledger_metric (participant_id, day, series_id, received_minutes, content_hash, read_at,
       stable_since, final_at)
     select p.id, p.enrolled_on, s.id, 0, sha256(''), now(), now(), now()
     from study.participant p cross join study.series s
     where p.short_id = $1::text and s.source = 'google-health'`,
    [participant],
  );
  world.upstream.simulator.requests.reset();
  assert.match((await plan(participant)).skip?.why ?? "", /completed and every day is final/);
  assert.deepEqual(world.upstream.simulator.requests.counts(), {});
});

test("a strange reply about devices is kept, and heart rate is planned by the sync known before", async () => {
  const participant = await world.connectPerson(4);
  world.fault({ kind: "otherShape", path: "pairedDevices", participant });
  const planned = await plan(participant);
  assert.deepEqual([planned.skip, planned.devicesUnread], [null, true]);
  assert.ok(planned.windows.length > 0);
  const { rows } = await world.database.app.query(
    `select q.reason, q.series_id from study.quarantine q join study.participant p on p.id = q.participant_id
     where p.short_id = $1::text`,
    [participant],
  );
  assert.deepEqual(rows, [{ reason: "unexpected_reply", series_id: null }]);
});

test("an account that is not linked is asked again once a day, not at every run", async () => {
  const participant = await world.connectPerson(5);
  const now = world.deps.clock();
  await report(participant, "not_linked", now, new Date(Date.now() + 1000));
  assert.equal((await plan(participant)).skip?.why, "connection is not_linked");
  world.setNow("2026-11-25T09:00:20Z");
  assert.equal((await plan(participant)).skip, null);
  world.setNow("2026-11-24T12:00:20Z");
});

test("what an older reading found never overrules a consent given since, nor one that was revoked", async () => {
  const participant = await world.connectPerson(6);
  const now = new Date(Date.now() + 1000);
  await report(participant, "reconsent_needed", now, new Date(Date.now() - 3_600_000));
  assert.equal((await world.connectionOf(participant))?.status, "active");
  await report(participant, "reconsent_needed", now);
  assert.equal((await world.connectionOf(participant))?.status, "reconsent_needed");
  await world.database.app.query(
    `update study.connection set status = 'revoked' where participant_id = $1::int`,
    [(await person(participant)).id],
  );
  await report(participant, "not_linked", new Date(Date.now() + 5000));
  assert.equal((await world.connectionOf(participant))?.status, "revoked");
});
