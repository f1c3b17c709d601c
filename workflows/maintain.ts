import { patched, proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const {
  startOpenWithdrawals,
  startOverdueContacts,
  alignSchedules,
  refreshAggregates,
  compressSamples,
  dropOldSamples,
  noteAuditHead,
  judgeIdleDays,
} = proxyActivities<Activities>({
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "20 seconds",
  scheduleToCloseTimeout: "2 hours",
  retry: { initialInterval: "2 seconds", maximumInterval: "1 minute", maximumAttempts: 10 },
});

export type MaintainResult = Readonly<{
  schedules: unknown;
  aggregates: unknown;
  contacts: unknown;
  withdrawals: unknown;
  idle: unknown;
}>;

/** The work of the whole installation, every few minutes: schedules follow participants, aggregates follow data. */
export async function maintain(): Promise<MaintainResult> {
  const [schedules, aggregates, contacts, withdrawals, idle] = await eachOrFail(
    alignSchedules,
    refreshAggregates,
    // Runs that began before there were messages go on without, and so with what came later.
    async () => (patched("overdue-contacts") ? startOverdueContacts() : null),
    async () => (patched("open-withdrawals") ? startOpenWithdrawals() : null),
    async () => (patched("idle-days") ? judgeIdleDays() : null),
  );
  return { schedules, aggregates, contacts, withdrawals, idle };
}

export type MaintainDailyResult = Readonly<{
  compressed: unknown;
  dropped: unknown;
  audit: unknown;
}>;

/** Once a day: what is behind the late-sync horizon is compressed, what is no longer kept is dropped, and the audit's end is noted. */
export async function maintainDaily(): Promise<MaintainDailyResult> {
  const [compressed, dropped, audit] = await eachOrFail(
    compressSamples,
    dropOldSamples,
    noteAuditHead,
  );
  return { compressed, dropped, audit };
}

/** One after another. A failing task must not keep the next from its work; the run fails once all have had their turn. */
async function eachOrFail(...tasks: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const ended: PromiseSettledResult<unknown>[] = [];
  for (const task of tasks) ended.push(...(await Promise.allSettled([task()])));
  const failed = ended.findLast((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return ended.map((one) => (one.status === "fulfilled" ? one.value : null));
}
