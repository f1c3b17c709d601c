import { refreshTouchedHours } from "../sql/aggregates.ts";
import type { Queryable } from "../sql/pool.ts";
import type { FailureLog } from "./failure.ts";
import { toFailure } from "./failure.ts";

export type MaintainDeps = Readonly<{
  /** A connection whose role owns the aggregate. */
  owner: Queryable;
  alignSchedules: () => Promise<AlignedSchedules>;
  log: FailureLog;
}>;

export type AlignedSchedules = Readonly<{ created: number; updated: number; deleted: number }>;

export function createMaintainActivities({ owner, alignSchedules, log }: MaintainDeps) {
  return {
    /** Refreshes each hour touched since the last time, once. */
    async refreshAggregates(): Promise<Readonly<{ windows: number; spans: number }>> {
      try {
        return await refreshTouchedHours(owner);
      } catch (error) {
        throw toFailure(error, log);
      }
    },

    /** Gives every active participant its schedule, and takes it from those who left. */
    async alignSchedules(): Promise<AlignedSchedules> {
      try {
        return await alignSchedules();
      } catch (error) {
        throw toFailure(error, log);
      }
    },
  };
}
