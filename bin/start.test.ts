import assert from "node:assert/strict";
import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import type pg from "pg";
import { z } from "zod";
import { startOf } from "../embedded/process-identity.ts";
import { compare } from "../testing/compare-with-truth.ts";
import { seeded } from "../testing/pages.ts";
import type { Stack } from "../testing/stack.ts";
import { eventually, killHard, startStack } from "../testing/stack.ts";
import { connectTo, freshRun, runsOf } from "../testing/stack-runs.ts";
import { rosterOf, wornMinutesOf } from "../testing/truth.ts";

/** One installation, used by the tests in order as its owner would use it from the first start on. */
let stack: Stack;
let pool: pg.Pool;
let client: Client;

const began = new Date();
/** `npm run faults` kills twenty times (T1). */
const KILLS = 5;
const PEOPLE = 8;
/** Weeks of twenty series of everybody, read by a worker that is killed again and again. */
const FIRST_FILLING_MS = 600_000;
const KILL_SEED = 20_261_125;

before(async () => {
  // A world of its own: a third of the people and eighteen days instead of thirty, so that reading it takes a fifth as long.
  const folder = await mkdtemp(join(tmpdir(), "wearflow-stack-"));
  const epoch = new Date(began.getTime() - 18 * 86_400_000).toISOString().slice(0, 10);
  const world = { port: 0, seed: KILL_SEED, epoch, participants: PEOPLE };
  await writeFile(join(folder, "simulator.json"), JSON.stringify(world));
  stack = await startStack({ folder });
  pool = stack.pool();
  client = await connectTo(stack);
});
after(async () => {
  await pool.end();
  await client.connection.close();
  // Not as Ctrl-C: npm passes that on to nobody who listens.
  await stack.stop("SIGTERM");
  await stack.remove();
});

async function countFinished(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(distinct participant_id)::int as n from study.ingest_run where outcome = 'complete'
       and detail like 'heart rate:%' and detail not like '%older days follow'`,
  );
  return rows[0]?.n ?? 0;
}

test(`a worker killed ${KILLS} times in mid-run loses nothing and duplicates nothing`, async () => {
  const random = seeded(KILL_SEED);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = stack.pids()["worker"] ?? 0;
    await wait(200 + random() * 2500);
    killHard(before);
    await eventually(`worker ${kill} is back`, async () =>
      stack.pids()["worker"] === before ? null : true,
    );
  }
  await eventually(
    "everybody was read to the end",
    async () => ((await countFinished()) === PEOPLE ? true : null),
    FIRST_FILLING_MS,
  );
  const people = (await rosterOf(stack)).map(({ participant }) => participant);
  const found = await compare({ app: pool, simulator: stack.simulator }, people);
  assert.deepEqual([found.missing, found.duplicate, found.wrong], [0, 0, 0]);
  // Heart rate is half of all that is read.
  assert.ok(found.agreed > 2 * PEOPLE * 10 * 600, `only ${found.agreed} values to compare`);
});

test("the ledger and the page count what the truth counts", async () => {
  const [person] = await rosterOf(stack);
  assert.ok(person);
  const from = Date.parse(person.enrolledOn) - 36 * 3_600_000;
  const worn = await wornMinutesOf(stack, { participant: person.participant, from });
  // The ledger counts minutes as they came; the page shows them judged: bridged, and without flat runs.
  const { rows } = await pool.query<{
    day: string;
    starts: Date;
    ends: Date;
    counted: number;
    judged: number;
  }>(
    `select l.day, l.starts_at as starts, l.ends_at as ends, l.wear_minutes as counted, j.wear_minutes as judged
     from study.ledger l join study.participant p on p.id = l.participant_id
     join reporting.participant_day j on j.participant = p.short_id and j.day = l.day
     where p.short_id = $1::text and l.ends_at < now() - interval '5 days' order by l.day desc limit 8`,
    [person.participant],
  );
  assert.equal(rows.length, 8);
  const html = await (await fetch(`${stack.page}/participants/${person.participant}`)).text();
  for (const { day, starts, ends, counted, judged } of rows) {
    const minutes = worn.filter((ms) => ms >= starts.getTime() && ms < ends.getTime());
    assert.equal(counted, minutes.length, day);
    const shown = `${Math.floor(judged / 60)}:${String(judged % 60).padStart(2, "0")}`;
    assert.ok(html.includes(shown), `${day}: the page shows ${shown}`);
  }
  const list = await (await fetch(stack.page)).text();
  for (const { participant } of await rosterOf(stack))
    assert.ok(list.includes(participant), participant);
  assert.match(list, /embedded database: for trying out/i);
});

test("the same days read again change 0 rows, and a second trigger meanwhile does not run beside the first", async () => {
  const [, person] = await rosterOf(stack);
  assert.ok(person);
  const handle = client.schedule.getHandle(`ingest/demo/${person.participant}`);
  const id = `ingest/demo/${person.participant}`;
  await fetch(`${stack.simulator}/simulator/requests`, { method: "DELETE" });
  const seen = new Set((await runsOf(client, id)).map(({ runId }) => runId));
  // Six minutes hold one or two of the demo's five-minute starts; a whole day would queue three hundred.
  const start = new Date(Date.now() - 5 * 24 * 3_600_000);
  const end = new Date(start.getTime() + 6 * 60_000);
  await handle.backfill({ start, end, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
  await Promise.all(Array.from({ length: 5 }, () => handle.trigger(ScheduleOverlapPolicy.SKIP)));
  const before = await checksum(person.participant);
  const done = await eventually("back-fill and triggers are over", async () => {
    const fresh = (await runsOf(client, id)).filter(({ runId }) => !seen.has(runId));
    const filled = fresh.some(({ workflowId }) =>
      workflowId.includes(start.toISOString().slice(0, 10)),
    );
    const over = filled && fresh.every(({ closeTime }) => closeTime !== undefined);
    return over ? fresh : null;
  });
  const spans = done
    .map(({ startTime, closeTime }) => [startTime.getTime(), closeTime?.getTime() ?? 0] as const)
    .toSorted(([a], [b]) => a - b);
  for (const [index, [start]] of spans.entries()) {
    const previous = spans[index - 1];
    if (previous) assert.ok(start >= previous[1], "two runs of one participant overlapped");
  }
  const { rows } = await pool.query<{ n: number; changed: number }>(
    `select count(*)::int as n, sum(r.inserted + r.updated)::int as changed from study.ingest_run r
     where r.run_id = any ($1::text[]) and r.detail like 'heart rate:%' and r.scheduled_at < now() - interval '4 days'`,
    [done.map(({ runId }) => runId)],
  );
  assert.ok((rows[0]?.n ?? 0) > 0, "the back-fill read its day");
  assert.equal(rows[0]?.changed, 0);
  assert.equal(await checksum(person.participant), before);
  assert.equal(await mostAtOnce(person.participant), 1);
});

/** Of what was measured before these tests' last three days; the instant is fixed, or a minute might pass it by. */
async function checksum(participant: string): Promise<string> {
  const { rows } = await pool.query<{ older: string }>(
    `select md5(string_agg(s.time::text || s.value, ',' order by s.time)) as older
     from study.sample s join study.participant p on p.id = s.participant_id
     where p.short_id = $1::text and s.time < $2::timestamptz - interval '3 days'`,
    [participant, began],
  );
  return rows[0]?.older ?? "";
}

const Requests = z.object({
  participants: z.record(z.string(), z.looseObject({ maxConcurrency: z.number().int() })),
});

async function mostAtOnce(participant: string): Promise<number> {
  const body = await (await fetch(`${stack.simulator}/simulator/requests`)).json();
  return Requests.parse(body).participants[participant]?.maxConcurrency ?? 0;
}

test("what ops see of a run is ids, days and counts: no token, no value, no name", async () => {
  const [run] = await runsOf(client, "ingest/demo/");
  assert.ok(run);
  const history = JSON.stringify(
    await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory(),
  );
  const decoded = history.replaceAll(/"data":"([A-Za-z0-9+/=]+)"/g, (_, data: string) =>
    Buffer.from(data, "base64").toString("utf8"),
  );
  assert.match(decoded, /D-\d+/);
  assert.doesNotMatch(decoded, /ya29|Bearer|refresh_token|accessToken|beatsPerMinute|"value"/);
});

test("any one process that is killed comes back by itself, the same simulated people too, and the next run completes", async () => {
  const roster = await rosterOf(stack);
  const [, , person] = roster;
  assert.ok(person);
  for (const name of ["database", "temporal", "simulator", "api"]) {
    const killed = stack.pids()[name] ?? 0;
    killHard(killed);
    await eventually(`${name} is back`, async () => (stack.pids()[name] === killed ? null : true));
  }
  const id = `ingest/demo/${person.participant}`;
  const seen = new Set((await runsOf(client, id)).map(({ runId }) => runId));
  await freshRun(stack, client, id, seen);
  assert.equal((await fetch(stack.page)).status, 200);
  assert.deepEqual(await rosterOf(stack), roster);
});

test("a second npm start on the same folder is refused in words", async () => {
  await assert.rejects(startStack({ again: stack }), /npm-start is already open in process \d+/);
});

test("kill -9 of everything, then npm start: it resumes with every row it had", async () => {
  const [first, second] = await rosterOf(stack);
  assert.ok(first && second);
  const before = await checksum(first.participant);
  await pool.end();
  await client.connection.close();
  await stack.killAll();
  stack = await startStack({ again: stack });
  pool = stack.pool();
  client = await connectTo(stack);
  assert.equal(await checksum(first.participant), before);
  const id = `ingest/demo/${second.participant}`;
  await freshRun(stack, client, id, new Set((await runsOf(client, id)).map(({ runId }) => runId)));
});

test("Ctrl-C stops everything in order; a copy of the stopped folder starts by npm start with every row, what ops paused stays paused, and a kill of npm stops everything", async () => {
  const [person] = await rosterOf(stack);
  assert.ok(person);
  const id = `ingest/demo/${person.participant}`;
  await client.schedule.getHandle(id).pause("paused by ops");
  const before = await checksum(person.participant);
  await pool.end();
  await client.connection.close();
  const pids = Object.values(stack.pids());
  assert.equal(await stack.stop(), 0);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
  const folder = `${stack.folder}-restored`;
  await cp(stack.folder, folder, { recursive: true });
  await stack.remove();
  stack = await startStack({ again: stack, folder, npm: true });
  pool = stack.pool();
  client = await connectTo(stack);
  assert.equal(await checksum(person.participant), before);
  const { state } = await client.schedule.getHandle(id).describe();
  assert.deepEqual([state.paused, state.note], [true, "paused by ops"]);
  const parts = Object.values(stack.pids());
  await stack.stop("SIGTERM");
  await eventually("every part has ended", async () =>
    parts.every((pid) => startOf(pid) === null) ? true : null,
  );
});
