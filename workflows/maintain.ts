import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const { alignSchedules, refreshAggregates } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  scheduleToCloseTimeout: "1 hour",
  retry: { initialInterval: "2 seconds", maximumInterval: "1 minute" },
});

export type MaintainResult = Readonly<{ schedules: unknown; aggregates: unknown }>;

/** The work of the whole installation, every few minutes: schedules follow participants, aggregates follow data. */
export async function maintain(): Promise<MaintainResult> {
  const schedules = await alignSchedules();
  const aggregates = await refreshAggregates();
  return { schedules, aggregates };
}
