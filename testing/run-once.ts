import { randomUUID } from "node:crypto";
import { createIngestActivities } from "../activities/ingest.ts";
import { createSettleActivities } from "../activities/settle.ts";
import type { Found } from "../workflows/conclude.ts";
import { conclude } from "../workflows/conclude.ts";
import type { IngestWorld } from "./ingest-world.ts";
import { persist } from "./persist.ts";

/** What may happen between two steps of a run: another clock, another fault, a participant who changes their mind. */
export type Meanwhile = Readonly<{
  /** When the run was due; long ago it is a back-fill's, of that day alone. */
  scheduledAt?: string;
  afterPlan?: () => void;
  afterReading?: () => void;
}>;

/** A whole run as the workflow makes it (plan, heart rate, activity, sleep, settle), without Temporal and its waits. */
export async function runOnce(
  { deps }: IngestWorld,
  participant: string,
  { scheduledAt, afterPlan, afterReading }: Meanwhile = {},
): Promise<Found> {
  const { planIngest, fetchHeartRate, fetchActivity, fetchSleep } = createIngestActivities(deps);
  const { db, source, clock, log } = deps;
  const { settleIngest } = createSettleActivities({ db, sourceName: source.name, clock, log });
  const startedAt = clock().toISOString();
  const due = scheduledAt ?? startedAt;
  const plan = await tried(planIngest, { participant, scheduledAt: due });
  afterPlan?.();
  const { windows = [], activity = [], sleep = [] } = plan.ok ? plan.value : {};
  const reading =
    windows.length === 0 ? null : await tried(fetchHeartRate, { participant, windows });
  const rest = async (read: typeof fetchActivity, plans: typeof activity) => ({
    plans,
    readings: plans.length === 0 ? null : await tried(read, { participant, plans }),
  });
  const found = conclude(plan, reading, [
    await rest(fetchActivity, activity),
    await rest(fetchSleep, sleep),
  ]);
  afterReading?.();
  const run = { workflowId: `ingest/test/${participant}`, runId: randomUUID() };
  await settleIngest({ ...run, participant, scheduledAt: due, startedAt, ...found });
  return found;
}

/** An activity's answer as the workflow sees it: that, or the last failure's class. */
async function tried<Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) {
  const { result, failures } = await persist(activity, input);
  if (result !== null) return { ok: true, value: result } as const;
  const last = failures.at(-1);
  return { ok: false, type: last?.type ?? "Unexpected", evidence: last?.details?.[0] } as const;
}
