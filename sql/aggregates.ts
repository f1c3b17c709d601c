import type { TimeWindow } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";

const CHUNK_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

type Touched = Readonly<{ id: number; from: Date; to: Date }>;

/**
 * Brings the hourly aggregate up to date: reads the touched windows, merges them to whole hours, refreshes
 * each span once (a refresh costs the same for one participant as for all) and then removes the windows it
 * covered. A crash in between refreshes them again. Hours before `keptFrom` are left as they are: their samples may be
 * dropped, and refreshing would take everybody's hours along. `owner` must own the aggregate and be outside a transaction.
 */
export async function refreshTouchedHours(
  owner: Queryable,
  keptFrom: Date | null = null,
): Promise<Readonly<{ windows: number; spans: number }>> {
  const { rows } = await owner.query<Touched>(
    `select id, window_from as from, window_to as to from study.touched_window order by window_from`,
  );
  const spans = mergeToHours(keptFrom === null ? rows : clip(rows, keptFrom));
  for (const { from, to } of spans.flatMap(dayByDay))
    await owner.query(
      "call refresh_continuous_aggregate('study.sample_hour', $1::timestamptz, $2::timestamptz)",
      [from, to],
    );
  const ids = rows.map(({ id }) => id);
  await owner.query("delete from study.touched_window where id = any ($1::bigint[])", [ids]);
  return { windows: rows.length, spans: spans.length };
}

/**
 * A span day by day, by a statement each: half a second for 1,000 people, for which the one-session database answers
 * nobody. Not shorter, because a chunk is a day and is read whole whatever part of it is refreshed.
 */
function dayByDay({ from, to }: TimeWindow): TimeWindow[] {
  const first = Math.floor(from.getTime() / CHUNK_MS);
  const count = Math.ceil(to.getTime() / CHUNK_MS) - first;
  const edge = (day: number) =>
    new Date(Math.min(Math.max((first + day) * CHUNK_MS, from.getTime()), to.getTime()));
  return Array.from({ length: count }, (_, day) => ({ from: edge(day), to: edge(day + 1) }));
}

/** Windows without what lies before an instant, to the next full hour. */
function clip(windows: readonly TimeWindow[], instant: Date): TimeWindow[] {
  const edge = new Date(Math.ceil(instant.getTime() / HOUR_MS) * HOUR_MS);
  return windows.flatMap(({ from, to }) =>
    to > edge ? [{ from: from > edge ? from : edge, to }] : [],
  );
}

/** Widens windows (sorted by start) to whole hours and joins those that touch or overlap. */
export function mergeToHours(windows: readonly TimeWindow[]): TimeWindow[] {
  const spans: { from: Date; to: Date }[] = [];
  for (const window of windows) {
    const from = new Date(Math.floor(window.from.getTime() / HOUR_MS) * HOUR_MS);
    const to = new Date(Math.ceil(window.to.getTime() / HOUR_MS) * HOUR_MS);
    const last = spans[spans.length - 1];
    if (last === undefined || from > last.to) spans.push({ from, to });
    else if (to > last.to) last.to = to;
  }
  return spans;
}
