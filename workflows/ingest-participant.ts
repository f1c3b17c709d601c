import { defineSearchAttributeKey } from "@temporalio/common";
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import type {
  Attempt,
  Found,
  IngestPlan,
  Rest,
  SeriesPlan,
  SeriesReading,
  Settled,
  SettleIngest,
} from "./conclude.ts";
import { conclude, daysOf, isBrokenOff, isRefused, lastOf } from "./conclude.ts";
import { imputeAfter } from "./impute-after.ts";

/** The provider may be down or slow for hours; a rate limit brings its own wait with it. */
const FETCHING = {
  taskQueue: "wearflow-fetch",
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "20 seconds",
  scheduleToCloseTimeout: "20 hours",
  // 1.5 and not 2: a worker killed a few times in a row must not keep its participants waiting for minutes.
  retry: { initialInterval: "2 seconds", backoffCoefficient: 1.5, maximumInterval: "10 minutes" },
} as const;
/** A plan is short and says who is waited for, so it goes before everybody's reading. */
const planning = proxyActivities<Activities>({ ...FETCHING, priority: { priorityKey: 2 } });
const asked = proxyActivities<Activities>({ ...FETCHING, priority: { priorityKey: 1 } });
const daily = proxyActivities<Activities>({ ...FETCHING, priority: { priorityKey: 3 } });
/** Behind everybody's daily reading; waits for its own end where it is to make way, so that two never ask at once. */
const behind = proxyActivities<Activities>({
  ...FETCHING,
  priority: { priorityKey: 5 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** The database: tried until it is back. It beats, or a worker killed meanwhile would cost all of the two minutes. */
const settling = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  heartbeatTimeout: "20 seconds",
  retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "1 minute" },
});

const participantState = defineSearchAttributeKey("ParticipantState", "KEYWORD");
const outcomeOfRun = defineSearchAttributeKey("Outcome", "KEYWORD");
const scheduledStart = defineSearchAttributeKey("TemporalScheduledStartTime", "DATETIME");

export type IngestParticipant = Readonly<{ study: string; participant: string }>;

/** Sent to a run that may be reading days of long ago, because somebody wants the newest ones now. */
const makeWay = defineSignal("makeWay");

/** Result of one run: counts and words only. `partial` says that something was left out. */
export type IngestResult = Pick<
  SettleIngest,
  "outcome" | "detail" | "inserted" | "updated" | "quarantined"
> &
  Readonly<{ windows: number; days: number }>;

/**
 * Brings one participant up to date: plan → fetch → settle, then the same for days of long ago, behind everybody's
 * daily reading. A run that skipped anything is shown as partial.
 */
export async function ingestParticipant({
  study,
  participant,
}: IngestParticipant): Promise<IngestResult> {
  const { workflowId, runId, startTime, typedSearchAttributes } = workflowInfo();
  const scheduledAt = (typedSearchAttributes.get(scheduledStart) ?? startTime).toISOString();
  const older = new CancellationScope();
  setHandler(makeWay, () => older.cancel());
  setCurrentDetails("Planning: reading devices, then choosing the days that are not final.");
  const startedAt = startTime.toISOString();
  const plan = await attempt(() =>
    planning.planIngest.executeWithOptions({ summary: `${participant}: plan` }, [
      { participant, scheduledAt, startedAt },
    ]),
  );
  const run = { participant, workflowId, runId, scheduledAt, startedAt };
  const reading = await readHeartRate(participant, plan);
  const activity = await readRest(participant, plan, "activity", stopsTheRest([reading]));
  const refused = stopsTheRest([reading, activity.readings]);
  const sleep = await readRest(participant, plan, "sleep", refused);
  let found = conclude(plan, reading, [activity, sleep]);
  let unsettled = found;
  const left = plan.ok ? (plan.value.older ?? []) : [];
  if (left.length > 0 && !stopsTheRest([reading, activity.readings, sleep.readings])) {
    await settle(run, { ...found, detail: `${found.detail}; older days follow` });
    const readings = await readOlder(older, participant, left);
    found = conclude(plan, reading, [activity, sleep, { plans: left, readings }]);
    unsettled = lastOf(found, left.length);
  }
  const settled = await settle(run, unsettled);
  if (settled?.imputeSince) await imputeAfter({ study, participant, since: settled.imputeSince });
  const { outcome, detail } = settled ?? found;
  upsertSearchAttributes([{ key: outcomeOfRun, value: outcome }]);
  setCurrentDetails(`${outcome}: ${detail}.`);
  const { inserted, updated, quarantined } = found;
  const windows = plan.ok ? plan.value.windows.length : 0;
  const days = new Set([found, ...(found.others ?? [])].flatMap((part) => part.touchedDays)).size;
  return {
    outcome,
    detail,
    windows,
    days,
    inserted,
    updated,
    quarantined,
  };
}

/** Whether what is left is not asked for; as it was then in runs that went by an outage before. */
function stopsTheRest(readings: Parameters<typeof isRefused>[0]): boolean {
  if (isRefused(readings)) return true;
  return isBrokenOff(readings) && !patched("an outage stops itself only");
}

type Run = Pick<SettleIngest, "participant" | "workflowId" | "runId" | "scheduledAt" | "startedAt">;

/** Brings the ledger in line. Runs that settled before it answered have nothing here. */
async function settle(run: Run, found: Found): Promise<Settled | undefined> {
  setCurrentDetails(`Settling the ledger: ${found.detail}.`);
  return settling.settleIngest.executeWithOptions({ summary: `${run.participant}: settle` }, [
    { ...run, ...found },
  ]);
}

/** Days of long ago; left for the next run where somebody asks for the newest ones meanwhile. */
async function readOlder(
  scope: CancellationScope,
  participant: string,
  plans: readonly SeriesPlan[],
): Promise<Attempt<readonly SeriesReading[]>> {
  const days = new Set(plans.flatMap(daysOf)).size;
  setCurrentDetails(`Reading ${days} older days, behind everybody's daily reading.`);
  const summary = `${participant}: ${days} older days`;
  try {
    return await scope.run(() =>
      attempt(() => behind.fetchOlder.executeWithOptions({ summary }, [{ participant, plans }])),
    );
  } catch (error) {
    // The run itself being cancelled is another matter.
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    return {
      ok: false,
      type: "NotAllowed",
      evidence: "left for the next run, which was asked for",
    };
  }
}

/** Ahead of everybody's daily reading where somebody waits for this one. */
function fetching(plan: Attempt<IngestPlan>): typeof daily {
  return plan.ok && plan.value.asked === true ? asked : daily;
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
    fetching(plan).fetchHeartRate.executeWithOptions(
      { summary: `${participant}: heart rate, ${days} days` },
      [{ participant, windows }],
    ),
  );
}

const REST = {
  activity: {
    what: "activity",
    read: (by: typeof daily, participant: string, plans: readonly SeriesPlan[], summary: string) =>
      by.fetchActivity.executeWithOptions({ summary }, [{ participant, plans }]),
  },
  sleep: {
    what: "sleep and the body",
    read: (by: typeof daily, participant: string, plans: readonly SeriesPlan[], summary: string) =>
      by.fetchSleep.executeWithOptions({ summary }, [{ participant, plans }]),
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
  return {
    plans,
    readings: await attempt(() => read(fetching(plan), participant, plans, summary)),
  };
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
