import { Context } from "@temporalio/activity";
import type { Progress, SeriesPlan } from "./read-series.ts";
import { leftUnread, readSeries } from "./read-series.ts";
import type { IngestDeps, SeriesReading, Stopped } from "./read-windows.ts";
import { freshCounts } from "./read-windows.ts";

const MADE_WAY: Stopped = {
  type: "NotAllowed",
  evidence: "left for the next run, because somebody asked for a reading now",
};

/**
 * Reads as `readSeries` does until the workflow takes the work back; then what was read so far is the answer, and the
 * rest is left. A worker that shuts down ends it as any other activity, for another attempt.
 */
export async function readUntilAsked(
  deps: IngestDeps,
  participant: string,
  plans: readonly SeriesPlan[],
  noteProgress: (progress: Progress) => void,
): Promise<readonly SeriesReading[]> {
  const before: Progress | undefined = Context.current().info.heartbeatDetails;
  let latest: Progress = before ?? { done: [], current: null };
  try {
    return await readSeries(deps, participant, plans, (progress) => {
      latest = progress;
      noteProgress(progress);
    });
  } catch (error) {
    if (Context.current().cancellationDetails?.cancelRequested !== true) throw error;
    const { done, current } = latest;
    const left = plans.slice(done.length).map((plan, index) => {
      const from = index === 0 && current !== null ? current : freshCounts(deps.clock());
      return leftUnread(plan, from, MADE_WAY);
    });
    return [...done, ...left];
  }
}
