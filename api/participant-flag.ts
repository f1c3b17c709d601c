import { FETCH_OVERDUE_HOURS } from "../sql/runs.ts";
import type { ParticipantStatus } from "../sql/status.ts";

/** Whether no run has ended within a day's schedule: our fault, never the participant's. */
export function fetchIsOverdue(
  { lastFetchedAt }: Pick<ParticipantStatus, "lastFetchedAt">,
  now: Date,
): boolean {
  if (lastFetchedAt === null) return true;
  return now.getTime() - lastFetchedAt.getTime() > FETCH_OVERDUE_HOURS * 3_600_000;
}
