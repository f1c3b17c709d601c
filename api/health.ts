import type { MaintenanceHealth } from "../sql/maintenance.ts";
import type { Coverage, IngestHealth } from "../sql/runs.ts";
import { FETCH_OVERDUE_HOURS } from "../sql/runs.ts";

export type HealthStatus =
  | "ok"
  | "idle"
  | "starting"
  | "stale"
  | "pipeline_fault"
  | "database_unreachable";

/**
 * What the database alone says of ingest, so that it also speaks when Temporal is down: `idle` without active
 * participants, `pipeline_fault` while ops have not ended one, `stale` when no run was complete for 26 h, `starting`
 * until that can be judged.
 */
export function judgeHealth(
  { activeParticipants, lastGoodRunAt, faultyStudies }: IngestHealth,
  { now, startedAt }: Readonly<{ now: Date; startedAt: Date }>,
): HealthStatus {
  if (faultyStudies.length > 0) return "pipeline_fault";
  if (activeParticipants === 0) return "idle";
  const hours = (now.getTime() - (lastGoodRunAt ?? startedAt).getTime()) / 3_600_000;
  if (hours > FETCH_OVERDUE_HOURS) return "stale";
  return lastGoodRunAt === null ? "starting" : "ok";
}

/** A few people may be partial for reasons of their own; a fifth of everybody is not chance. */
const OVERDUE_SHARE = 0.2;

/** What is wrong with how many are read, in words; empty when nothing is. */
export function coverageFaults({ expected, overdue }: Coverage): string[] {
  return overdue > 1 && overdue > expected * OVERDUE_SHARE
    ? [`${overdue} of ${expected} participants had no complete run for ${FETCH_OVERDUE_HOURS} h`]
    : [];
}

/** The aggregate is refreshed every five minutes; six missed turns are not chance. */
const AGGREGATE_STALE_MINUTES = 30;

/** What is wrong with maintenance, in words; empty when nothing is. */
export function maintenanceFaults({
  staleAggregateMinutes,
  failedTasks,
}: MaintenanceHealth): string[] {
  const stale = staleAggregateMinutes !== null && staleAggregateMinutes > AGGREGATE_STALE_MINUTES;
  return [
    ...(stale
      ? [`the hourly aggregate is ${Math.floor(staleAggregateMinutes)} minutes behind`]
      : []),
    ...failedTasks.map((task) => `${task} failed at its last turn`),
  ];
}
