import { Context } from "@temporalio/activity";
import type { Series } from "../sql/series.ts";
import { readSeriesFrom } from "../sql/series.ts";
import type { IngestDeps, ReadingCounts, SeriesReading, Stopped } from "./read-windows.ts";
import { freshCounts, readWindows } from "./read-windows.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { PATIENCE } from "./unanswered.ts";

/** What is to be read of one data type: one or more series by the same requests. */
export type SeriesPlan = Readonly<{
  /** What it is called in outcomes. */
  name: string;
  /** Ids of the registry. */
  series: readonly number[];
  windows: readonly ReadingWindow[];
}>;

/** Data types read one after another, as far as an attempt got. */
export type Progress = Readonly<{ done: readonly SeriesReading[]; current: ReadingCounts | null }>;

/**
 * Reads plan by plan what earlier attempts have not; the answers are in the order of the plans. A permission that is
 * missing costs its own data type, and so does an endpoint that alone does not answer; any other refusal holds for all
 * that are left, and they are not asked for.
 */
export async function readSeries(
  deps: IngestDeps,
  participant: string,
  plans: readonly SeriesPlan[],
  noteProgress: (progress: Progress) => void,
): Promise<readonly SeriesReading[]> {
  const before: Progress | undefined = Context.current().info.heartbeatDetails;
  let { done, current }: Progress = before ?? { done: [], current: null };
  const registry = await readSeriesFrom(deps.db, deps.source.name);
  for (const plan of plans.slice(done.length)) {
    const soFar = done;
    const note = (counts: ReadingCounts) => noteProgress({ done: soFar, current: counts });
    const from = current ?? freshCounts(deps.clock());
    const refused = done.at(-1)?.stopped;
    const reading =
      refused && !isItsOwn(refused)
        ? leftUnread(plan, from, refused)
        : await readWindows(deps, participant, seriesOf(plan, registry), {
            windows: plan.windows,
            from,
            note,
            // Waits grow with the attempts: who waited out one silent endpoint does not wait as long for the next.
            patience: done.some(isSilent) ? 1 : PATIENCE,
          });
    done = [...done, reading];
    current = null;
    noteProgress({ done, current });
  }
  return done;
}

/** Whether what stopped one data type says nothing of the others. */
function isItsOwn({ type }: Stopped): boolean {
  return type === "ScopeMissing" || type === "SourceUnavailable";
}

const isSilent = ({ stopped }: SeriesReading) => stopped?.type === "SourceUnavailable";

function seriesOf({ name, series }: SeriesPlan, registry: readonly Series[]): Series[] {
  return series.map((id) => {
    const found = registry.find((one) => one.id === id);
    if (found) return found;
    throw new RangeError(`The registry has no series ${id} of ${name} any more`);
  });
}

/** What a plan comes to of which nothing more is read, and why. */
export function leftUnread(
  { windows }: SeriesPlan,
  from: ReadingCounts,
  stopped: Stopped,
): SeriesReading {
  const left = windows.slice(from.windowsDone).flatMap(({ days }) => days);
  return { ...from, unreadDays: [...from.unreadDays, ...left], stopped, ended: from.began };
}
