import { z } from "zod";
import { readNextTime } from "../../sql/next-value.ts";
import type { Point, PointsAsked } from "../../sql/read-series.ts";
import { readPoints } from "../../sql/read-series.ts";
import type { AppDeps } from "../deps.ts";
import { withPatience } from "../status-reader.ts";

const STREAM_POINTS = 10_000;
const MINUTE_MS = 60_000;

/** Where a page goes on: an instant, and of raw the series given there already. */
export const Place = z.strictObject({
  time: z.iso.datetime(),
  series: z.int().min(0).max(32_767),
});
type Place = z.infer<typeof Place>;

/** What is read at once and where it goes on: null at the end of the range. */
export async function readPage(
  db: AppDeps["db"],
  asked: Omit<PointsAsked, "afterSeries">,
  place: Place | null,
): Promise<Readonly<{ found: readonly Point[]; next: Place | null }>> {
  const from = place === null ? asked.from : new Date(place.time);
  const to = endOfPage({ ...asked, from });
  const page = { ...asked, from, to, afterSeries: place?.series ?? 0 };
  const found = await withPatience(readPoints(db, page));
  return { found, next: await nextPlace(db, { ...asked, until: to }, found) };
}

/** After a full page its last point, after another its end, after one that holds nothing where the next value can be. */
async function nextPlace(
  db: AppDeps["db"],
  asked: Omit<PointsAsked, "afterSeries"> & Readonly<{ until: Date }>,
  found: readonly Point[],
): Promise<Place | null> {
  const last = found.length < asked.limit ? undefined : found.at(-1);
  if (last !== undefined && asked.resolution === "raw")
    return { time: last.time.toISOString(), series: last.series_id ?? 0 };
  const time = last?.until ?? asked.until;
  if (time >= asked.to) return null;
  if (found.length > 0) return { time: time.toISOString(), series: 0 };
  const follows = await withPatience(readNextTime(db, { ...asked, from: time }));
  return follows && { time: follows.toISOString(), series: 0 };
}

/** A page looks no further than its rows could reach, so that no statement reads a year for a thousand of its minutes. */
function endOfPage({
  resolution,
  from,
  to,
  limit,
}: Pick<PointsAsked, "resolution" | "from" | "to" | "limit">): Date {
  if (resolution === "day") return to;
  const bucketMs = resolution === "hour" ? 60 * MINUTE_MS : MINUTE_MS;
  const end = (Math.floor(from.getTime() / bucketMs) + limit) * bucketMs;
  return end < to.getTime() ? new Date(end) : to;
}

/** A point as it is answered. */
export function sampleOf({ series_id: _, until: __, ...sample }: Point) {
  return sample;
}

/** Every page's points, as fast as they are taken. */
export async function* allPoints(
  db: AppDeps["db"],
  asked: Omit<PointsAsked, "limit" | "afterSeries">,
): AsyncGenerator<readonly object[], void, undefined> {
  let place: Place | null = null;
  do {
    const { found, next }: Awaited<ReturnType<typeof readPage>> = await readPage(
      db,
      { ...asked, limit: STREAM_POINTS },
      place,
    );
    // Also what is empty: between two pages it is seen whether somebody still waits.
    yield found.map(sampleOf);
    place = next;
  } while (place !== null);
}
