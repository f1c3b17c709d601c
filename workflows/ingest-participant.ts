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
import type {
  Attempt,
  IngestPlan,
  Rest,
  SeriesPlan,
  SeriesReading,
  Settled,
  SettleIngest,
} from "./conclude.ts";
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
  const activity = await readRest(participant, plan, "activity", isRefused([reading]));
  const sleep = await readRest(participant, plan, "sleep", isRefused([reading, activity.readings]));
  const found = conclude(plan, reading, [activity, sleep]);
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

const REST = {
  activity: {
    what: "activity",
    read: (participant: string, plans: readonly SeriesPlan[], summary: string) =>
      fetching.fetchActivity.executeWithOptions({ summary }, [{ participant, plans }]),
  },
  sleep: {
    what: "sleep and the body",
    read: (participant: string, plans: readonly SeriesPlan[], summary: string) =>
      fetching.fetchSleep.executeWithOptions({ summary }, [{ participant, plans }]),
  },
} as const;

/** Everything else, one activity a group; not after a refusal that would meet it too. */
async function readRest(
  participant: string,
  plan: Attempt<IngestPlan>,
  group: keyof typeof REST,
  refused: boolean,
): Promise<Rest> {
  const plans = plan.ok ? (plan.value[group] ?? []) : [];
  if (plans.length === 0 || refused) return { plans, readings: null };
  const days = new Set(plans.flatMap(daysOf)).size;
  const { what, read } = REST[group];
  setCurrentDetails(`Reading ${what}: ${days} days of ${plans.length} kinds, newest first.`);
  const summary = `${participant}: ${what}, ${days} days`;
  return { plans, readings: await attempt(() => read(participant, plans, summary)) };
}

type Read = Attempt<SeriesReading | readonly SeriesReading[]> | null;

/** Whether a reading met a refusal that the next one would meet too. */
function isRefused(readings: readonly Read[]): boolean {
  return readings.some(
    (read) =>
      read !== null &&
      (!read.ok || [read.value].flat().some(({ stopped }) => concernsAll(stopped))),
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
