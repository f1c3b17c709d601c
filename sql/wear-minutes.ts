import type { Timeline } from "../adherence/timeline.ts";
import { DAY_MS, emptyTimeline, indexOf, MINUTE_MS } from "../adherence/timeline.ts";
import type { Queryable } from "./pool.ts";

/** Read so many days at a time, some 30 ms: a year at once would be one long statement, and the embedded database lets nobody in. */
const SLICE_MS = 20 * DAY_MS;

/** A series of wearables somebody has, as far as reading it needs. */
export type WearSeries = Readonly<{
  id: number;
  metric: "heart_rate" | "steps";
  /** Stored value = value × scale. */
  scale: number;
  resolution: "minute" | "sample";
}>;

type Span = Readonly<{ fromMs: number; toMs: number }>;

/**
 * What wearables measured of a participant in a span that begins and ends at full minutes, by the minute: the mean of a
 * minute's samples; where two series tell of one minute, the later in the list counts.
 */
export async function readTimeline(
  db: Queryable,
  participantId: number,
  series: readonly WearSeries[],
  { fromMs, toMs }: Span,
): Promise<Timeline> {
  const timeline = emptyTimeline(fromMs, Math.max(0, Math.floor((toMs - fromMs) / MINUTE_MS)));
  for (let at = fromMs; at < toMs; at += SLICE_MS) {
    const slice = { fromMs: at, toMs: Math.min(toMs, at + SLICE_MS) };
    for (const resolution of ["minute", "sample"] as const)
      await readSlice(db, participantId, series, { timeline, slice, resolution });
  }
  await readAsleep(db, participantId, timeline, { fromMs, toMs });
  return timeline;
}

async function readSlice(
  db: Queryable,
  participantId: number,
  series: readonly WearSeries[],
  {
    timeline,
    slice,
    resolution,
  }: Readonly<{ timeline: Timeline; slice: Span; resolution: WearSeries["resolution"] }>,
): Promise<void> {
  const byId = new Map(
    series.filter((one) => one.resolution === resolution).map((one) => [one.id, one]),
  );
  if (byId.size === 0) return;
  const { rows } = await db.query<{ id: number; packed: Buffer }>(READ[resolution], [
    participantId,
    new Date(slice.fromMs),
    new Date(slice.toMs),
    [...byId.keys()],
  ]);
  for (const { id, packed } of rows) {
    const { metric = "steps", scale = 1 } = byId.get(id) ?? {};
    unpack(
      packed,
      timeline.startMs,
      scale,
      metric === "heart_rate" ? timeline.heartRate : timeline.steps,
    );
  }
}

/** Eight bytes a sample: its second since 1970 and its value. */
function unpack(
  packed: Buffer,
  startMs: number,
  scale: number,
  into: Float64Array | Uint16Array,
): void {
  const bytes = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const first = startMs / 1000;
  for (let i = 0; i < bytes.byteLength; i += 8)
    into[Math.floor((bytes.getUint32(i) - first) / 60)] = bytes.getInt32(i + 4) / scale;
}

const PACK = (time: string, value: string) =>
  `string_agg(int8send((date_part('epoch', ${time})::int8 << 32) | ${value}), ''::bytea) as packed`;

const SAMPLES = `
  from study.sample s
  where s.participant_id = $1::int and s.series_id = any ($4::smallint[])
    and s.time >= $2::timestamptz and s.time < $3::timestamptz`;

/** One value of bytes a series: a row a minute would cost ten times as much. No value of wear is negative. */
const READ: Readonly<Record<WearSeries["resolution"], string>> = {
  minute: `select s.series_id as id, ${PACK("s.time", "s.value")} ${SAMPLES} group by 1`,
  sample: `
    select v.series_id as id, ${PACK("v.minute", "v.value")}
    from (
      select s.series_id, time_bucket(interval '1 minute', s.time) as minute, round(avg(s.value))::int as value
      ${SAMPLES} group by 1, 2
    ) v
    group by 1`,
};

/** Marks what the device calls sleep: its stages but the wakes, or a whole session without stages. */
async function readAsleep(
  db: Queryable,
  participantId: number,
  timeline: Timeline,
  { fromMs, toMs }: Span,
): Promise<void> {
  const { rows } = await db.query<{ from: number[]; to: number[] }>(
    `select coalesce(array_agg(date_part('epoch', coalesce(g.starts_at, n.starts_at))), '{}') as from,
       coalesce(array_agg(date_part('epoch', coalesce(g.ends_at, n.ends_at))), '{}') as to
     from study.session n
     left join study.session_stage g on g.session_id = n.id
     where n.participant_id = $1::int and n.kind = 'sleep'
       and n.starts_at < $3::timestamptz and n.ends_at > $2::timestamptz
       and (g.stage is null or g.stage <> 'awake')`,
    [participantId, new Date(fromMs), new Date(toMs)],
  );
  const { from = [], to = [] } = rows[0] ?? {};
  for (const [i, second] of from.entries())
    timeline.asleep.fill(
      1,
      indexOf(timeline, second * 1000),
      indexOf(timeline, (to[i] ?? second) * 1000),
    );
}
