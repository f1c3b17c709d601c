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
  for (let at = fromMs; at < toMs; at += SLICE_MS) {
    const slice = [participantId, new Date(at), new Date(Math.min(toMs, at + SLICE_MS))];
    const offset = indexOf(timeline, at);
    const { rows } = await db.query<{ metric: number; scale: number; packed: Buffer }>(
      READ_MINUTES,
      slice,
    );
    for (const { metric, scale, packed } of rows) {
      const into = metric === HEART_RATE ? timeline.heartRate : timeline.steps;
      for (let i = 0; i < packed.length; i += 8)
        into[offset + packed.readInt32BE(i)] = packed.readInt32BE(i + 4) / scale;
    }
  }
  for (const { from, to } of await readAsleep(db, participantId, { fromMs, toMs }))
    timeline.asleep.fill(1, indexOf(timeline, from), indexOf(timeline, to));
  return timeline;
}

const HEART_RATE = 1;

/** One value of bytes a metric: minute of the slice and value, four bytes each. Several samples a minute are averaged. */
const READ_MINUTES = `
select v.metric_id as metric, v.scale,
  string_agg(int4send(v.minute) || int4send(v.value), ''::bytea) as packed
from (
  select r.metric_id, m.scale, floor(extract(epoch from s.time - $2::timestamptz) / 60)::int as minute,
    round(avg(s.value))::int as value
  from study.sample s
  join study.series r on r.id = s.series_id
  join study.metric m on m.id = r.metric_id
  where s.participant_id = $1::int and s.series_id in (select id from study.series where for_wear)
    and s.time >= $2::timestamptz and s.time < $3::timestamptz
  group by 1, 2, 3
) v
group by 1, 2`;

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
