import { randomUUID } from "node:crypto";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createIngestActivities } from "../activities/ingest.ts";
import { createSettleActivities } from "../activities/settle.ts";
import type { Found, SeriesPlan, Settled, SettleIngest } from "../workflows/conclude.ts";
import { conclude, isRefused, lastOf } from "../workflows/conclude.ts";
import type { IngestWorld } from "./ingest-world.ts";
import { persist } from "./persist.ts";

/** What may happen between two steps of a run: another clock, another fault, a participant who changes their mind. */
export type Meanwhile = Readonly<{
  /** When the run was due; long ago it is a back-fill's, of that day alone. */
  scheduledAt?: string;
  /** When it began, where it has waited since; by default now. */
  startedAt?: string;
  afterPlan?: () => void;
  afterReading?: () => unknown;
  /** Which data types beside heart rate are read; by default all. */
  reads?: (dataType: string) => boolean;
}>;

/**
 * A whole run as the workflow makes it (plan, heart rate, activity, sleep, settle, then days of long ago), without
 * Temporal and its waits.
 */
export async function runOnce(
  { deps }: IngestWorld,
  participant: string,
  { scheduledAt, startedAt, afterPlan, afterReading, reads = () => true }: Meanwhile = {},
): Promise<Found> {
  const activities = createIngestActivities(deps);
  const { db, source, clock, log } = deps;
  const { settleIngest } = createSettleActivities({ db, sourceName: source.name, clock, log });
  const settle = (input: SettleIngest): Promise<Settled> =>
    new MockActivityEnvironment().run(settleIngest, input);
  const began = startedAt ?? clock().toISOString();
  const due = { scheduledAt: scheduledAt ?? began, startedAt: began };
  const plan = await tried(activities.planIngest, { participant, ...due });
  afterPlan?.();
  const { windows = [], activity = [], sleep = [], older = [] } = plan.ok ? plan.value : {};
  const read = async (
    by: typeof activities.fetchOlder,
    all: readonly SeriesPlan[],
    before: Parameters<typeof isRefused>[0],
  ) => {
    const plans = all.filter(({ name }) => reads(name.replace("older ", "")));
    const left = plans.length === 0 || isRefused(before);
    return { plans, readings: left ? null : await tried(by, { participant, plans }) };
  };
  const reading =
    windows.length === 0 ? null : await tried(activities.fetchHeartRate, { participant, windows });
  const what = await read(activities.fetchActivity, activity, [reading]);
  const rest = [what, await read(activities.fetchSleep, sleep, [reading, what.readings])];
  const found = conclude(plan, reading, rest);
  await afterReading?.();
  const run = {
    ...{ workflowId: `ingest/test/${participant}`, runId: randomUUID() },
    ...{ participant, ...due },
  };
  await settle({ ...run, ...found });
  const met = [reading, ...rest.map(({ readings }) => readings)];
  if (isRefused(met)) return found;
  const last = await read(activities.fetchOlder, older, met);
  if (last.plans.length === 0) return found;
  const whole = conclude(plan, reading, [...rest, last]);
  await settle({ ...run, ...lastOf(whole, last.plans.length) });
  return whole;
}

/** An activity's answer as the workflow sees it: that, or the last failure's class. */
async function tried<Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) {
  const { result, failures } = await persist(activity, input);
  if (result !== null) return { ok: true, value: result } as const;
  const last = failures.at(-1);
  return { ok: false, type: last?.type ?? "Unexpected", evidence: last?.details?.[0] } as const;
}
