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

type SettleIngest = Parameters<Activities["settleIngest"]>[0];
type IngestPlan = Awaited<ReturnType<Activities["planIngest"]>>;
type HeartRateReading = Awaited<ReturnType<Activities["fetchHeartRate"]>>;

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
export async function ingestParticipant({ participant }: IngestParticipant): Promise<IngestResult> {
  const { workflowId, runId, startTime, typedSearchAttributes } = workflowInfo();
  const scheduledAt = (typedSearchAttributes.get(scheduledStart) ?? startTime).toISOString();
  setCurrentDetails("Planning: reading devices, then choosing the days that are not final.");
  const plan = await attempt(() =>
    fetching.planIngest.executeWithOptions({ summary: `${participant}: plan` }, [
      { participant, scheduledAt },
    ]),
  );
  const reading = await readHeartRate(participant, plan);
  const found = conclude(plan, reading);
  setCurrentDetails(`Settling the ledger: ${found.detail}.`);
  await settling.settleIngest.executeWithOptions({ summary: `${participant}: settle` }, [
    { participant, workflowId, runId, scheduledAt, startedAt: startTime.toISOString(), ...found },
  ]);
  upsertSearchAttributes([{ key: outcomeOfRun, value: found.outcome }]);
  setCurrentDetails(`${found.outcome}: ${found.detail}.`);
  const { outcome, detail, inserted, updated, quarantined } = found;
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
): Promise<Attempt<HeartRateReading> | null> {
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

type Found = Omit<
  SettleIngest,
  "participant" | "workflowId" | "runId" | "scheduledAt" | "startedAt"
>;

const NOTHING: Pick<
  Found,
  "inserted" | "updated" | "quarantined" | "touchedDays" | "reading" | "refusal"
> = {
  inserted: 0,
  updated: 0,
  quarantined: 0,
  touchedDays: [],
  reading: null,
  refusal: null,
};

/** Turns what happened into an outcome and a sentence; pure, so that replay finds the same. */
function conclude(plan: Attempt<IngestPlan>, reading: Attempt<HeartRateReading> | null): Found {
  if (!plan.ok) return { ...NOTHING, ...broken("devices", plan) };
  const { skip, devicesUnread } = plan.value;
  if (skip) return { ...NOTHING, outcome: skip.outcome, detail: skip.why };
  const found = concludeReading(plan.value, reading);
  if (!devicesUnread) return found;
  const outcome = found.outcome === "complete" ? "partial" : found.outcome;
  return { ...found, outcome, detail: `${found.detail}; devices: UnexpectedReply` };
}

function concludeReading(
  { windows, syncAt }: IngestPlan,
  reading: Attempt<HeartRateReading> | null,
): Found {
  if (reading === null) return { ...NOTHING, outcome: "complete", detail: "nothing new to read" };
  const touchedDays = windows.flatMap(({ days }) => days);
  if (!reading.ok) return { ...NOTHING, touchedDays, ...broken("heart rate", reading) };
  const { unreadDays, began, ended, inserted, updated, quarantined, stopped } = reading.value;
  const unread = new Set(unreadDays);
  const days = touchedDays.filter((day) => !unread.has(day));
  const counted = `heart rate: ${days.length} days read, ${unreadDays.length} left out`;
  return {
    outcome: unreadDays.length === 0 ? "complete" : "partial",
    detail: counted,
    refusal: null,
    ...(stopped && broken(days.length === 0 ? "heart rate" : counted, { ok: false, ...stopped })),
    touchedDays,
    reading: { days, began, ended, syncAt },
    inserted,
    updated,
    quarantined,
  };
}

function broken(
  what: string,
  { type, evidence }: Failed,
): Pick<Found, "outcome" | "detail" | "refusal"> {
  if (type === "ScopeMissing") {
    return {
      outcome: "partial",
      detail: `${what}: permission not granted`,
      refusal: "scope_missing",
    };
  }
  if (
    type === "AuthorizationRevoked" &&
    (evidence === "invalid_grant" || evidence === "account_not_linked")
  ) {
    return { outcome: "not_authorised", detail: `${what}: ${evidence}`, refusal: evidence };
  }
  const why = type === "NotAllowed" ? String(evidence) : type;
  return { outcome: "partial", detail: `${what}: ${why}`, refusal: null };
}

type Failed = Readonly<{ ok: false; type: string; evidence: unknown }>;
type Attempt<Value> = Readonly<{ ok: true; value: Value }> | Failed;

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
