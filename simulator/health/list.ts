import type { Interval } from "../intervals.ts";
import type { KnownSeries, Participant } from "../participant.ts";
import { HOUR } from "../time.ts";
import type { World } from "../world.ts";
import type { DataType, Json, Told } from "./data-type.ts";
import type { Filter } from "./filter.ts";
import { parseFilter } from "./filter.ts";
import type { Cursor } from "./pages.ts";
import { askedPageSize, readToken, requestDigest, restsAt, writeToken } from "./pages.ts";
import { readFamily } from "./request.ts";

/** The query of list and reconcile. */
export type ListQuery = Readonly<{
  filter?: string | undefined;
  pageSize?: number | undefined;
  pageToken?: string | undefined;
  dataSourceFamily?: string | undefined;
}>;

type Sample = Readonly<{ at: number; value: number }>;
type Page = Readonly<{ samples: readonly Sample[]; next: Cursor | null }>;

/** What list has and reconcile lacks, or the other way round; with the name of a point that has one. */
export type Wrap = (point: Json, name: string | null) => Json;

/** One page of data points, newest first. */
export function listPage(
  world: World,
  participant: Participant,
  type: DataType,
  query: ListQuery,
  wrap: Wrap,
): object {
  const { filter, pageSize, dataSourceFamily } = query;
  const digest = requestDigest(participant.id, type.name, filter, pageSize, dataSourceFamily);
  const size = Math.min(askedPageSize(pageSize, type.maxPageSize), world.pageCap);
  const cursor = readToken(query.pageToken, digest);
  const family = readFamily(dataSourceFamily, participant);
  if (family === "nothing") return {};
  const series = type.series(participant, family === "wearables");
  const { samples, next } =
    cursor !== null && restsAt(world.seed, cursor)
      ? { samples: [], next: { ...cursor, rested: true } }
      : takePage(world, series, parseFilter(filter, type, participant.zone), {
          size,
          cursor,
          digest,
        });
  const now = world.clock().getTime();
  const describe = (sample: Sample): Json => {
    const told = { ...sample, now };
    return wrap(type.point(participant, told), nameOf(participant, type, told));
  };
  return {
    ...(samples.length > 0 && { dataPoints: samples.map(describe) }),
    ...(next !== null && { nextPageToken: writeToken(next) }),
  };
}

function nameOf(participant: Participant, type: DataType, told: Told): string | null {
  const id = type.idOf?.(participant, told);
  const { healthUserId } = participant;
  return id === undefined ? null : `users/${healthUserId}/dataTypes/${type.name}/dataPoints/${id}`;
}

function takePage(
  world: World,
  series: KnownSeries,
  { range, admits }: Filter,
  { size, cursor, digest }: Readonly<{ size: number; cursor: Cursor | null; digest: string }>,
): Page {
  const now = world.clock().getTime();
  const extent = series.extent(now);
  const to = Math.min(range.to, extent.to, cursor === null ? extent.to : cursor.at + 1);
  const samples: Sample[] = [];
  let skip = cursor?.skip ?? 0;
  for (const sample of newestFirst(series, { from: Math.max(range.from, extent.from), to }, now)) {
    if (!admits(sample.at)) continue;
    if (skip > 0 && sample.at === cursor?.at) skip--;
    else samples.push(sample);
    if (samples.length === size) return { samples, next: cursorAfter(samples, cursor, digest) };
  }
  return { samples, next: null };
}

/** Where a full page ends. It does not look whether anything follows, so the last page may be empty. */
function cursorAfter(samples: readonly Sample[], before: Cursor | null, request: string): Cursor {
  const at = samples.at(-1)?.at ?? 0;
  const again = before?.at === at ? before.skip : 0;
  const skip = samples.filter((sample) => sample.at === at).length + again;
  return { at, skip, request, rested: false };
}

/** Samples of a range, newest first, an hour of them in memory at a time. */
function* newestFirst(series: KnownSeries, { from, to }: Interval, now: number): Generator<Sample> {
  for (let end = to; end > from; end -= HOUR) {
    const hour: Sample[] = [];
    series.known({ from: Math.max(from, end - HOUR), to: end }, now, (at, value) => {
      hour.push({ at, value });
    });
    for (let i = hour.length - 1; i >= 0; i--) {
      const sample = hour[i];
      if (sample !== undefined) yield sample;
    }
  }
}
