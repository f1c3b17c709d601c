import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "@temporalio/client";
import { WorkflowFailedError } from "@temporalio/client";
import { noteFetchAsked } from "../sql/fetch-requests.ts";
import { readWithdrawal } from "../sql/withdrawals.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { eventually } from "../testing/stack.ts";
import { withdrawInMidRun } from "../testing/withdrawal.ts";
import type { WorkflowWorld } from "../testing/workflow-world.ts";
import { scheduledBy, startIngest, workflowWorld } from "../testing/workflow-world.ts";
import type { IngestResult } from "./ingest-participant.ts";

let workflows: WorkflowWorld;
let world: IngestWorld;
let client: Client;

before(async () => {
  workflows = await workflowWorld();
  ({ world, client } = workflows);
});
after(() => workflows.stop());

const start = (participant: string) => startIngest(client, participant);

const run = async (participant: string): Promise<IngestResult> =>
  (await start(participant)).result();

test("a run reads every open day, settles the ledger, and says complete; the next finds nothing new", async () => {
  const participant = await world.connectPerson(0);
  const first = await run(participant);
  assert.equal(first.outcome, "complete");
  assert.ok(first.inserted > 10_000 && first.days > 20, JSON.stringify(first));
  const { rows } = await world.database.app.query(
    "select count(*)::int as days, sum(heart_rate_minutes)::int as minutes from reporting.participant_day where participant = $1::text",
    [participant],
  );
  const steps = await world.storedSteps(participant);
  assert.deepEqual(rows, [{ days: first.days, minutes: (await world.stored(participant)).size }]);
  assert.deepEqual(steps, world.trueSteps(participant));
  assert.ok(steps.wearable.size > 1000);
  const second = await run(participant);
  assert.deepEqual([second.outcome, second.windows, second.inserted], ["complete", 0, 0]);
});

test("a rate limit is a wait that Temporal keeps: visible as a pending activity, and nothing is lost", async () => {
  const participant = await world.connectPerson(1);
  world.fault({
    kind: "rateLimit",
    path: ":rollUp",
    retryAfter: "seconds",
    seconds: 3,
    participant,
  });
  const handle = await start(participant);
  let waiting: string | null | undefined;
  for (let look = 0; look < 100 && waiting === undefined; look += 1) {
    const { raw } = await handle.describe();
    waiting = raw.pendingActivities?.find(({ lastFailure }) => lastFailure)?.lastFailure?.message;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(waiting, "The source asked to wait 3 s");
  const result = await handle.result();
  assert.equal(result.outcome, "complete");
  assert.equal((await world.stored(participant)).size, (await world.truth(participant)).size);
});

test("a run whose grant is refused ends as not_authorised, changes the connection once, and the next asks for nothing", async () => {
  const participant = await world.connectPerson(2);
  world.fault(
    { kind: "unauthenticated", path: "pairedDevices", participant },
    { kind: "invalidGrant", participant },
  );
  assert.equal((await run(participant)).outcome, "not_authorised");
  assert.equal((await world.connectionOf(participant))?.status, "reconsent_needed");
  world.upstream.simulator.requests.reset();
  assert.equal((await run(participant)).detail, "connection is reconsent_needed");
  assert.deepEqual(world.upstream.simulator.requests.counts(), {});
});

test("a missing scope makes the run partial and the connection say so, until it can be read again", async () => {
  const participant = await world.connectPerson(3);
  world.fault({ kind: "scopeMissing", path: ":rollUp", participant });
  const result = await run(participant);
  assert.equal(result.outcome, "partial");
  assert.match(
    result.detail,
    /^heart rate: permission not granted; steps \(all-sources\) and \d+ more: 15 days read, 0 left out; older /,
  );
  assert.equal((await world.connectionOf(participant))?.status, "scope_missing");
  assert.equal((await run(participant)).outcome, "complete");
  assert.equal((await world.connectionOf(participant))?.status, "active");
});

test("a window that broke off makes the run partial, its days stay open, and the next run completes them", async () => {
  const participant = await world.connectPerson(4);
  world.fault({ kind: "repeatedToken", path: ":rollUp", count: 2, participant });
  const first = await run(participant);
  assert.equal(first.outcome, "partial");
  const second = await run(participant);
  assert.equal(second.outcome, "complete");
  assert.equal((await world.stored(participant)).size, (await world.truth(participant)).size);
});

test("ops can read a run: speaking summaries, details of what it came to, search attributes; the newest fortnight before older days", async () => {
  const participant = await world.connectPerson(5);
  const handle = await start(participant);
  await handle.result();
  const { searchAttributes } = await handle.describe();
  assert.deepEqual(
    [searchAttributes["Study"], searchAttributes["ParticipantState"], searchAttributes["Outcome"]],
    [["test"], ["active"], ["complete"]],
  );
  const told = (await scheduledBy(handle)).map(({ summary, priority }) => [
    summary.replace(`${participant}: `, "").replace(/\d+/, "n"),
    priority,
  ]);
  assert.deepEqual(told, [
    ["plan", 2],
    ["heart rate, n days", 3],
    ["activity, n days", 3],
    ["sleep and the body, n days", 3],
    ["settle", undefined],
    ["n older days", 5],
    ["settle", undefined],
  ]);
});

test("a reading that is asked for goes ahead, and days of long ago make way for it until the next run", async () => {
  const participant = await world.connectPerson(12, "2026-10-27");
  const first = await start(participant);
  await eventually(
    "older days are read",
    async () => (await scheduledBy(first)).some(({ priority }) => priority === 5) || null,
  );
  world.fault({ kind: "slow", milliseconds: 700, count: 15, participant });
  await first.signal("makeWay");
  assert.match((await first.result()).detail, /left for the next run/);
  await noteFetchAsked(world.database.app, participant, new Date());
  const second = await start(participant);
  assert.equal((await second.result()).outcome, "complete");
  assert.equal((await world.stored(participant)).size, (await world.truth(participant)).size);
  assert.ok((await scheduledBy(second)).every(({ priority }) => priority !== 3));
});

test("a cancelled run stops fetching and is shown as cancelled", async () => {
  const participant = await world.connectPerson(6);
  world.fault({
    kind: "rateLimit",
    path: ":rollUp",
    retryAfter: "seconds",
    seconds: 600,
    participant,
  });
  const handle = await start(participant);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await handle.cancel();
  await assert.rejects(handle.result(), /cancelled/i);
});

test("a strange reply about devices leaves heart rate read and the run partial, and says what was left out", async () => {
  const participant = await world.connectPerson(7);
  world.fault({ kind: "otherShape", path: "pairedDevices", participant });
  const { outcome, detail, inserted } = await run(participant);
  assert.deepEqual([outcome, inserted > 10_000], ["partial", true]);
  assert.match(
    detail,
    /^heart rate: \d+ days read, 0 left out; steps \(all-sources\) and \d+ more: .* 0 left out; devices: UnexpectedReply$/,
  );
});

test("a permission for activity that is missing costs the steps and not the heart rate", async () => {
  const participant = await world.connectPerson(8);
  world.fault({ kind: "scopeMissing", path: "steps/dataPoints", count: 2, participant });
  const { outcome, detail } = await run(participant);
  assert.equal(outcome, "partial");
  assert.match(
    detail,
    /0 left out; steps \(all-sources\), steps \(google-wearables\): permission not granted; distance and \d+ more: .* 0 left out$/,
  );
  assert.equal((await world.connectionOf(participant))?.status, "active");
  assert.equal((await run(participant)).outcome, "complete");
  assert.deepEqual(await world.storedSteps(participant), world.trueSteps(participant));
});

test("a data type that answers 500 for good ends for itself within the run, and sleep is read", async () => {
  const participant = await world.connectPerson(15, "2026-11-22");
  world.fault({ kind: "status500", path: "dataTypes/floors/", participant, rate: 1 });
  const { outcome, detail } = await run(participant);
  assert.equal(outcome, "partial");
  assert.match(detail, /^heart rate: .* 0 left out; floors: SourceUnavailable$/);
  world.upstream.simulator.faults.clear();
  assert.equal((await run(participant)).outcome, "complete");
});

test("when one connection after another is refused, the run that is one too many is partial and no connection stays changed", async () => {
  const details: string[] = [];
  for (const index of [9, 10, 11, 12, 13, 14]) {
    const participant = await world.connectPerson(index);
    world.fault(
      { kind: "unauthenticated", path: "pairedDevices", participant },
      { kind: "invalidGrant", participant },
    );
    const { outcome, detail } = await run(participant);
    details.push(`${outcome}: ${detail}`);
  }
  assert.match(details[0] ?? "", /^not_authorised: devices: invalid_grant$/);
  assert.match(
    details.at(-1) ?? "",
    /^partial: devices: invalid_grant; not believed, because too many/,
  );
  const { rows } = await world.database.app.query("select distinct status from study.connection");
  assert.deepEqual(rows, [{ status: "active" }]);
});

test("who withdraws has their run ended, their grant given back and, if they want it, everything erased", async () => {
  const participant = await world.connectPerson(12);
  world.fault({ kind: "slow", path: "/dataPoints", milliseconds: 100, participant });
  await run(participant);
  world.setNow("2026-11-25T12:00:20Z");
  const waiting = await withdrawInMidRun(workflows, participant);
  await assert.rejects(waiting.result(), WorkflowFailedError);
  assert.equal((await world.stored(participant)).size, 0);
  // The last look is five minutes away; whoever ends the workflow by hand finds it started again.
  await client.workflow.getHandle(`withdraw/test/${participant}`).terminate("enough of it");
  assert.equal((await readWithdrawal(world.database.app, participant))?.doneAt, null);
});

test("nothing unexpected was logged in all of this", () => {
  assert.deepEqual(world.logged, []);
});
