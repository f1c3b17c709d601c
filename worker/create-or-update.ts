import { createHash } from "node:crypto";
import type { Client, ScheduleHandle, ScheduleOptions } from "@temporalio/client";
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from "@temporalio/client";

/**
 * Creates the schedule, or brings an existing one up to date and leaves its paused state and note alone; null where it
 * is up to date. Updating writes the whole schedule, so one that needs none is only read: a pause that ops make at that
 * moment would be overwritten.
 *
 * `state.triggerImmediately` means here that a schedule which never ran does so now, as a run that scheduled ones do not
 * run beside. The server's own trigger at creation is one it forgets at once: the next scheduled run began beside it.
 */
export async function createOrUpdate(
  client: Client,
  options: ScheduleOptions,
): Promise<"created" | "updated" | null> {
  const { spec, policies } = options;
  const { triggerImmediately = false, ...state } = options.state ?? {};
  const made = createHash("sha256").update(JSON.stringify(options)).digest("hex").slice(0, 16);
  const action = { ...options.action, memo: { madeFrom: made } };
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    await client.schedule.create({ ...options, state, action });
    if (triggerImmediately) await handle.trigger(ScheduleOverlapPolicy.SKIP);
    return "created";
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const present = await handle.describe();
  if (triggerImmediately && !present.state.paused && neverRan(present))
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
  if (present.action.memo?.["madeFrom"] === made) return null;
  await handle.update((previous) => ({
    ...previous,
    spec,
    action,
    ...(policies === undefined ? {} : { policies }),
  }));
  return "updated";
}

/** As after a crash between creating it and its first run. */
function neverRan({ info }: Awaited<ReturnType<ScheduleHandle["describe"]>>): boolean {
  return info.numActionsTaken === 0 && info.runningActions.length === 0;
}
