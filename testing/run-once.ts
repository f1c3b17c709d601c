import { randomUUID } from "node:crypto";
import { createIngestActivities } from "../activities/ingest.ts";
import { createSettleActivities } from "../activities/settle.ts";
import type { Found } from "../workflows/conclude.ts";
import { conclude } from "../workflows/conclude.ts";
import type { IngestWorld } from "./ingest-world.ts";
import { persist } from "./persist.ts";

/** What may happen between two steps of a run: another clock, another fault, a participant who changes their mind. */
export type Meanwhile = Readonly<{ afterPlan?: () => void; afterReading?: () => void }>;

/** A whole run as the workflow makes it (plan, heart rate, activity, settle), without Temporal and its waits. */
export async function runOnce(
  { deps }: IngestWorld,
  participant: string,
  { afterPlan, afterReading }: Meanwhile = {},
): Promise<Found> {
  const { planIngest, fetchHeartRate, fetchActivity } = createIngestActivities(deps);
  const { db, source, clock, log } = deps;
  const { settleIngest } = createSettleActivities({ db, sourceName: source.name, clock, log });
  const startedAt = clock().toISOString();
  const plan = await tried(planIngest, { participant, scheduledAt: startedAt });
  afterPlan?.();
  const { windows = [], activity: plans = [] } = plan.ok ? plan.value : {};
  const reading =
    windows.length === 0 ? null : await tried(fetchHeartRate, { participant, windows });
  const activity = plans.length === 0 ? null : await tried(fetchActivity, { participant, plans });
  afterReading?.();
  const found = conclude(plan, reading, activity);
  const run = { workflowId: `ingest/test/${participant}`, runId: randomUUID() };
  await settleIngest({ ...run, participant, scheduledAt: startedAt, startedAt, ...found });
  return found;
}

/** An activity's answer as the workflow sees it: that, or the last failure's class. */
async function tried<Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) {
  const { result, failures } = await persist(activity, input);
  if (result !== null) return { ok: true, value: result } as const;
  const last = failures.at(-1);
  return { ok: false, type: last?.type ?? "Unexpected", evidence: last?.details?.[0] } as const;
}
