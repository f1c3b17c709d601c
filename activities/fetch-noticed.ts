import type { Queryable } from "../sql/pool.ts";
import { claimNoticedRun } from "../sql/webhook-notices.ts";
import type { FailureLog } from "./failure.ts";
import { failing } from "./failure.ts";

type Person = Readonly<{ study: string; participant: string }>;

export type NoticeDeps = Readonly<{
  db: Queryable;
  sourceName: string;
  clock: () => Date;
  /** Triggers somebody's schedule; false where they have none any more. */
  fetchNow: (person: Readonly<{ study: string; shortId: string }>) => Promise<boolean>;
  log: FailureLog;
}>;

/** A reading after notifications that came within 15 minutes of the one before. */
export function createFetchNoticedActivities({ db, sourceName, clock, fetchNow, log }: NoticeDeps) {
  const guarded = <Value>(work: () => Promise<Value>) => failing(log, work);
  return {
    /** Takes the turn: `waitMs` 0 it is taken, null there is nothing to read any more. Taken and forgotten, it is waited for again. */
    claimNoticedRun: ({ participant }: Person): Promise<Readonly<{ waitMs: number | null }>> =>
      guarded(async () => ({
        waitMs: await claimNoticedRun(db, sourceName, participant, clock()),
      })),

    /** Triggers the participant's schedule, behind a run of theirs that is under way. */
    triggerNoticedRun: ({
      study,
      participant,
    }: Person): Promise<Readonly<{ triggered: boolean }>> =>
      guarded(async () => ({ triggered: await fetchNow({ study, shortId: participant }) })),
  };
}
