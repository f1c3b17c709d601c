import { setTimeout as wait } from "node:timers/promises";
import type { FaultSwitch } from "../../simulator/faults/switchboard.ts";
import { compare, isSound } from "../../testing/compare-with-truth.ts";
import { quantile } from "../process-cost.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import { forget, readAnew, trigger, until, untilQuiet, untilRead } from "./runs.ts";
import { clearFaults, readCounts, resetCounts, setFaults } from "./upstream.ts";

const STORM_MS = 60_000;
/** Back-off grows with every attempt that met a fault; some need a dozen. */
const FLAPPING_SECONDS = 1200;

/** Nine calls of ten are refused, with the wait told in each of the ways it can be told. */
const STORM: readonly FaultSwitch[] = [
  { kind: "rateLimit", retryAfter: "seconds", seconds: 3, rate: 0.3 },
  { kind: "rateLimit", retryAfter: "httpDate", seconds: 3, rate: 0.43 },
  { kind: "rateLimit", retryAfter: "retryInfo", seconds: 3, rate: 0.75 },
];

/** Waits that cannot be meant, or that nobody told: what is waited instead, in seconds. */
const STRANGE_WAITS = {
  absent: 60,
  garbage: 60,
  negative: 60,
  absurd: 3600,
  tenYears: 3600,
} as const;
/** Added to a wait at most, so that not everybody comes back at once. */
const JITTER = 15;

/** T5: a storm of 429. */
export const rateLimitStorm: FaultTest<Bench> = {
  id: "T5",
  promise:
    "90 % of calls answered 429 for a minute: no call before its time, one at a time, nothing lost; an absurd wait is an hour at most",
  async run({ installation, people }) {
    const six = people.slice(0, 6);
    const least = await pagesOf(installation, six);
    await resetCounts(installation);
    await setFaults(installation, ...STORM);
    const { incomplete } = await readAnew(installation, six, async () => {
      await wait(STORM_MS);
      await clearFaults(installation);
    });
    const { requests, tooEarly, mostAtOnce, faults } = await readCounts(installation);
    const found = await compare(installation, six);
    const waits = await strangeWaits(installation, people.slice(6));
    const asTold = Object.values(waits).every(
      ({ told, waited }) => waited >= told && waited <= told + JITTER + 1,
    );
    return {
      passed:
        isSound(found) && incomplete.length === 0 && tooEarly === 0 && mostAtOnce === 1 && asTold,
      figure: figureOf({
        refused: faults["rateLimit"] ?? 0,
        calls: requests,
        least_possible: least,
        too_early: tooEarly,
        most_at_once: mostAtOnce,
        ...found,
        waited_s: Object.entries(waits)
          .map(([form, { waited }]) => `${form} ${waited}`)
          .join(" "),
      }),
    };
  },
};

/** Calls that reading these people anew takes when nothing is in the way. */
async function pagesOf(installation: Installation, people: readonly string[]): Promise<number> {
  await untilQuiet(installation);
  await resetCounts(installation);
  await readAnew(installation, people);
  return (await readCounts(installation)).requests;
}

type Wait = Readonly<{ told: number; waited: number }>;

/** Has each form of wait told to one person, and looks in Temporal for how long their activity now waits. */
async function strangeWaits(
  installation: Installation,
  people: readonly string[],
): Promise<Record<string, Wait>> {
  const waits: Record<string, Wait> = {};
  for (const [index, [form, told]] of Object.entries(STRANGE_WAITS).entries()) {
    const participant = people[index] ?? "";
    const retryAfter = form as keyof typeof STRANGE_WAITS;
    await setFaults(installation, { kind: "rateLimit", retryAfter, participant });
    await trigger(installation, [participant]);
    waits[form] = { told, waited: await waitOf(installation, participant) };
  }
  return waits;
}

/** Seconds from the last attempt of a run's waiting activity to its next; ends the run. */
async function waitOf({ client }: Installation, participant: string): Promise<number> {
  let seconds = Number.NaN;
  const query = `WorkflowId STARTS_WITH "ingest/demo/${participant}" AND ExecutionStatus = "Running"`;
  await until(`${participant} waits`, async () => {
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const { raw } = await handle.describe();
      const [pending] = raw.pendingActivities ?? [];
      const next = Number(pending?.nextAttemptScheduleTime?.seconds ?? Number.NaN);
      const last = Number(pending?.lastAttemptCompleteTime?.seconds ?? Number.NaN);
      seconds = next - last;
      if (Number.isNaN(seconds) || pending?.lastFailure?.message === undefined) return false;
      await handle.terminate("the wait was measured");
      return true;
    }
    return false;
  });
  return seconds;
}

/** T6: the provider flaps. */
export const flapping: FaultTest<Bench> = {
  id: "T6",
  promise:
    "30 % of calls fail (500, 503, resets), some answer after 30 s, one never: nothing lost, attempts bounded, none given up",
  async run({ installation, people }) {
    const six = people.slice(0, 6);
    const least = await pagesOf(installation, six);
    await resetCounts(installation);
    await setFaults(
      installation,
      { kind: "slow", milliseconds: 30_000, count: 3, path: "/dataPoints" },
      { kind: "hang", count: 1, path: "/dataPoints" },
      { kind: "status500", rate: 0.15 },
      { kind: "status503", rate: 0.1 },
      { kind: "reset", rate: 0.08 },
    );
    await forget(installation, six);
    const since = new Date();
    await trigger(installation, six);
    const { incomplete } = await untilRead(installation, six, since, FLAPPING_SECONDS);
    await clearFaults(installation);
    const { requests, mostAtOnce, faults } = await readCounts(installation);
    const found = await compare(installation, six);
    const attempts = await attemptsSince(installation, since);
    return {
      passed: isSound(found) && incomplete.length === 0,
      figure: figureOf({
        failed_calls: Object.values(faults).reduce((sum, n) => sum + n, 0),
        calls: requests,
        least_possible: least,
        attempts_p50: quantile(attempts, 0.5),
        attempts_p95: quantile(attempts, 0.95),
        give_ups: incomplete.length,
        most_at_once: mostAtOnce,
        ...found,
      }),
    };
  },
};

/** How many attempts each fetching activity of the runs since took. */
async function attemptsSince({ client }: Installation, since: Date): Promise<number[]> {
  const attempts: number[] = [];
  const query = `WorkflowType = "ingestParticipant" AND StartTime >= "${since.toISOString()}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { activityTaskStartedEventAttributes: started } of events ?? [])
      if (started?.attempt != null) attempts.push(started.attempt);
  }
  return attempts;
}
