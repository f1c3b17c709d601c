import type { Timeline } from "../adherence/timeline.ts";
import { DAY_MS, emptyTimeline, indexOf, MINUTE_MS } from "../adherence/timeline.ts";
import type { Queryable } from "./pool.ts";

/** Read so many days at a time: a year at once would be one long statement, and the embedded database lets nobody in. */
const SLICE_MS = 60 * DAY_MS;

/** What wearables measured of a participant in a span that begins and ends at full minutes, by the minute. */
export async function readTimeline(
  db: Queryable,
  participantId: number,
  { fromMs, toMs }: Readonly<{ fromMs: number; toMs: number }>,
): Promise<Timeline> {
  const timeline = emptyTimeline(fromMs, Math.max(0, Math.floor((toMs - fromMs) / MINUTE_MS)));
  const series = await listWearSeries(db, participantId);
  for (let at = fromMs; at < toMs; at += SLICE_MS) {
    const slice = { fromMs: at, toMs: Math.min(toMs, at + SLICE_MS) };
    for (const one of series) await readSlice(db, participantId, one, slice, timeline);
  }
  for (const { from, to } of await readAsleep(db, participantId, { fromMs, toMs }))
    timeline.asleep.fill(1, indexOf(timeline, from), indexOf(timeline, to));
  return timeline;
}

type WearSeries = Readonly<{
  id: number;
  metric: number;
  scale: number;
  resolution: "minute" | "sample";
}>;

const HEART_RATE = 1;

/** The series that tell of this participant's wear, so that no row need be joined with the registry. */
async function listWearSeries(db: Queryable, participantId: number): Promise<WearSeries[]> {
  const { rows } = await db.query<WearSeries>(
    `select r.id::int, r.metric_id::int as metric, m.scale, r.resolution
     from study.series r join study.metric m on m.id = r.metric_id
     where r.for_wear and exists (
       select from study.ledger_metric l where l.participant_id = $1::int and l.series_id = r.id)
     order by r.id`,
    [participantId],
  );
  return rows;
}

async function readSlice(
  db: Queryable,
  participantId: number,
  { id, metric, scale, resolution }: WearSeries,
  { fromMs, toMs }: Readonly<{ fromMs: number; toMs: number }>,
  timeline: Timeline,
): Promise<void> {
  const { rows } = await db.query<{ packed: Buffer | null }>(READ_MINUTES[resolution], [
    participantId,
    id,
    new Date(fromMs),
    new Date(toMs),
    Math.floor(fromMs / MINUTE_MS),
  ]);
  const packed = rows[0]?.packed;
  if (!packed) return;
  const offset = indexOf(timeline, fromMs);
  const into = metric === HEART_RATE ? timeline.heartRate : timeline.steps;
  for (let i = 0; i < packed.length; i += 8)
    into[offset + packed.readInt32BE(i)] = packed.readInt32BE(i + 4) / scale;
}

/** Minute of the slice and value, four bytes each, in one value of bytes: rows would cost ten times as much. */
const READ_MINUTES: Readonly<Record<WearSeries["resolution"], string>> = {
  minute: `
select string_agg(int4send((date_part('epoch', s.time) / 60)::int - $5::int) || int4send(s.value), ''::bytea) as packed
from study.sample s
where s.participant_id = $1::int and s.series_id = $2::smallint
  and s.time >= $3::timestamptz and s.time < $4::timestamptz`,
  // Several samples a minute are averaged.
  sample: `
select string_agg(int4send(v.minute - $5::int) || int4send((v.sum / v.n)::int), ''::bytea) as packed
from (
  select floor(date_part('epoch', s.time) / 60)::int as minute, sum(s.value)::float8 as sum, count(*) as n
  from study.sample s
  where s.participant_id = $1::int and s.series_id = $2::smallint
    and s.time >= $3::timestamptz and s.time < $4::timestamptz
  group by 1
) v`,
};

/** What the device calls sleep: its stages but the wakes, or a whole session without stages. */
async function readAsleep(
  db: Queryable,
  participantId: number,
  { fromMs, toMs }: Readonly<{ fromMs: number; toMs: number }>,
): Promise<readonly Readonly<{ from: number; to: number }>[]> {
  const { rows } = await db.query<{ from: number; to: number }>(
    `select (extract(epoch from coalesce(g.starts_at, n.starts_at)) * 1000)::float8 as from,
       (extract(epoch from coalesce(g.ends_at, n.ends_at)) * 1000)::float8 as to
     from study.session n
     left join study.session_stage g on g.session_id = n.id
     where n.participant_id = $1::int and n.kind = 'sleep'
       and n.starts_at < $3::timestamptz and n.ends_at > $2::timestamptz
       and (g.stage is null or g.stage <> 'awake')`,
    [participantId, new Date(fromMs), new Date(toMs)],
  );
  return rows;
}
