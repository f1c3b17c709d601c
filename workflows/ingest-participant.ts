import { defineSearchAttributeKey } from "@temporalio/common";
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import type { Attempt, IngestPlan, SeriesReading, Settled, SettleIngest } from "./conclude.ts";
import { conclude, daysOf } from "./conclude.ts";
import { imputeAfter } from "./impute-after.ts";

/** The provider may be down or slow for hours; a rate limit brings its own wait with it. */
const fetching = proxyActivities<Activities>({
  taskQueue: "wearflow-fetch",
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "20 seconds",
  scheduleToCloseTimeout: "20 hours",
  // 1.5 and not 2: a worker killed a few times in a row must not keep its participants waiting for minutes.
  retry: { initialInterval: "2 seconds", backoffCoefficient: 1.5, maximumInterval: "10 minutes" },
});

/** The database: tried until it is back. */
const settling = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "1 minute" },
});

const participantState = defineSearchAttributeKey("ParticipantState", "KEYWORD");
const outcomeOfRun = defineSearchAttributeKey("Outcome", "KEYWORD");
const scheduledStart = defineSearchAttributeKey("TemporalScheduledStartTime", "DATETIME");

export type IngestParticipant = Readonly<{ study: string; participant: string }>;

/** Result of one run: counts and words only. `partial` says that something was left out. */
export type IngestResult = Pick<
  SettleIngest,
  "outcome" | "detail" | "inserted" | "updated" | "quarantined"
> &
  Readonly<{ windows: number; days: number }>;

/** Brings one participant up to date: plan → fetch → settle. A run that skipped anything is shown as partial. */
export async function ingestParticipant({
  study,
  participant,
}: IngestParticipant): Promise<IngestResult> {
  const { workflowId, runId, startTime, typedSearchAttributes } = workflowInfo();
  const scheduledAt = (typedSearchAttributes.get(scheduledStart) ?? startTime).toISOString();
  setCurrentDetails("Planning: reading devices, then choosing the days that are not final.");
  const plan = await attempt(() =>
    fetching.planIngest.executeWithOptions({ summary: `${participant}: plan` }, [
      { participant, scheduledAt },
    ]),
  );
  const reading = await readHeartRate(participant, plan);
  const activity = await readActivity(participant, plan, reading);
  const found = conclude(plan, reading, activity);
  setCurrentDetails(`Settling the ledger: ${found.detail}.`);
  // Runs that settled before it answered have nothing here.
  const settled: Settled | undefined = await settling.settleIngest.executeWithOptions(
    { summary: `${participant}: settle` },
    [{ participant, workflowId, runId, scheduledAt, startedAt: startTime.toISOString(), ...found }],
  );
  if (settled?.imputeSince) await imputeAfter({ study, participant, since: settled.imputeSince });
  const { outcome, detail } = settled ?? found;
  upsertSearchAttributes([{ key: outcomeOfRun, value: outcome }]);
  setCurrentDetails(`${outcome}: ${detail}.`);
  const { inserted, updated, quarantined } = found;
  const windows = plan.ok ? plan.value.windows.length : 0;
  return {
    outcome,
    detail,
    windows,
    days: found.touchedDays.length,
    inserted,
    updated,
    quarantined,
  };
}

async function readHeartRate(
  participant: string,
  plan: Attempt<IngestPlan>,
): Promise<Attempt<SeriesReading> | null> {
  if (!plan.ok) return null;
  const { state, windows } = plan.value;
  upsertSearchAttributes([{ key: participantState, value: state }]);
  if (windows.length === 0) return null;
  const days = windows.reduce((sum, window) => sum + window.days.length, 0);
  setCurrentDetails(`Reading heart rate: ${days} days in ${windows.length} windows, newest first.`);
  return attempt(() =>
    fetching.fetchHeartRate.executeWithOptions(
      { summary: `${participant}: heart rate, ${days} days` },
      [{ participant, windows }],
    ),
  );
}

/** Steps; not after a refusal that would meet them too. */
async function readActivity(
  participant: string,
  plan: Attempt<IngestPlan>,
  heartRate: Attempt<SeriesReading> | null,
): Promise<Attempt<readonly SeriesReading[]> | null> {
  const plans = plan.ok ? (plan.value.activity ?? []) : [];
  const refused = heartRate !== null && (!heartRate.ok || concernsAll(heartRate.value.stopped));
  if (plans.length === 0 || refused) return null;
  const days = new Set(plans.flatMap(daysOf)).size;
  setCurrentDetails(`Reading steps: ${days} days, newest first.`);
  return attempt(() =>
    fetching.fetchActivity.executeWithOptions({ summary: `${participant}: steps, ${days} days` }, [
      { participant, plans },
    ]),
  );
}

/** A missing permission is a metric's own; anything else that stops a reading is the participant's. */
function concernsAll(stopped: SeriesReading["stopped"] | undefined): boolean {
  return stopped !== null && stopped !== undefined && stopped.type !== "ScopeMissing";
}

/** Runs one activity; a failure that retrying did not cure becomes part of the outcome. Cancelling still cancels. */
async function attempt<Value>(run: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const { cause } = error;
    if (!(cause instanceof ApplicationFailure))
      return { ok: false, type: "TimedOut", evidence: null };
    if (cause.type === "UnknownParticipant") throw error;
    return { ok: false, type: cause.type ?? "Unexpected", evidence: cause.details?.[0] ?? null };
  }
}
