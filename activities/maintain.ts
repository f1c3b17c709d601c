import { refreshTouchedHours } from "../sql/aggregates.ts";
import { readHead } from "../sql/audit-chain.ts";
import type { MaintenanceTask } from "../sql/maintenance.ts";
import { compressChunks, dropChunks, noteMaintenance } from "../sql/maintenance.ts";
import type { Queryable } from "../sql/pool.ts";
import type { FailureLog } from "./failure.ts";
import { toFailure } from "./failure.ts";
import { keepBeating } from "./heartbeat.ts";
import { judgeIdle } from "./judge-idle.ts";
import { judgeMoved } from "./moved-days.ts";

export type MaintainDeps = Readonly<{
  db: Queryable;
  /** A connection whose role owns the tables and aggregates. */
  owner: Queryable;
  alignSchedules: () => Promise<AlignedSchedules>;
  /** Days after which a day's samples are compressed: behind it, late syncs are rare. */
  compressAfterDays: number;
  /** Days for which samples are kept; null = for ever. */
  retentionDays: number | null;
  clock: () => Date;
  log: FailureLog & Readonly<{ info?: (words: string) => void }>;
}>;

export type AlignedSchedules = Readonly<{ created: number; updated: number; deleted: number }>;

const DAY_MS = 86_400_000;

export function createMaintainActivities(deps: MaintainDeps) {
  const { db, log, owner, clock, compressAfterDays, retentionDays } = deps;
  const before = (days: number) => new Date(clock().getTime() - days * DAY_MS);
  const keptFrom = () => (retentionDays === null ? null : before(retentionDays));
  return {
    /** Gives every active participant its schedule, and takes it from those who left. */
    alignSchedules: (): Promise<AlignedSchedules> =>
      watched(deps, "align_schedules", deps.alignSchedules),

    /** Refreshes each hour touched since the last time, once. */
    refreshAggregates: (): Promise<Readonly<{ windows: number; spans: number }>> =>
      watched(deps, "refresh_aggregates", () => refreshTouchedHours(owner, keptFrom())),

    /** Judges the days of who has paused or left, whom no run judges any more, also where their zone was corrected. */
    judgeIdleDays: (): Promise<Readonly<{ participants: number; days: number }>> =>
      watched(deps, "judge_idle", async () => {
        const moved = await judgeMoved(db, clock());
        const idle = await judgeIdle(db, clock());
        return {
          participants: moved.participants + idle.participants,
          days: moved.days + idle.days,
        };
      }),

    /** Compresses the days behind the late-sync horizon. */
    compressSamples: (): Promise<Readonly<{ chunks: number }>> =>
      watched(deps, "compress", async () => ({
        chunks: await compressChunks(owner, before(compressAfterDays)),
      })),

    /** Drops the days this deployment no longer keeps; none where it keeps all. */
    dropOldSamples: (): Promise<Readonly<{ chunks: number }>> =>
      watched(deps, "retain", async () => {
        const from = keptFrom();
        return { chunks: from === null ? 0 : await dropChunks(owner, from) };
      }),

    /** Tells where the audit's chain ends, in the run's result and the log: outside the database, for verify-audit. */
    noteAuditHead: (): Promise<Readonly<{ head: string }>> =>
      watched(deps, "note_audit_head", async () => {
        const head = await readHead(db);
        const words = head === null ? "none" : `${head.seq}:${head.hash}`;
        log.info?.(`audit head ${words}`);
        return { head: words };
      }),
  };
}

/** Runs a task and notes how it went, so that the health check can tell without Temporal. */
async function watched<Counts extends Readonly<Record<string, number | string>>>(
  { db, log }: MaintainDeps,
  task: MaintenanceTask,
  work: () => Promise<Counts>,
): Promise<Counts> {
  const beat = keepBeating();
  try {
    const detail = await work();
    await noteMaintenance(db, task, { detail });
    return detail;
  } catch (error) {
    const failure = toFailure(error, log);
    // The database itself may be what fails: then its silence is what the health check sees.
    await noteMaintenance(db, task, { failure: failure.message }).catch(() => undefined);
    throw failure;
  } finally {
    beat.stop();
  }
}
