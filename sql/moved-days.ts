import type { Queryable } from "./pool.ts";
import { settleSeries } from "./settle-days.ts";

/** Days brought in line at once: as many as `settleSeries` takes into one statement. */
const DAYS_AT_ONCE = 14;

/** A local day whose bounds moved since it was settled, and the series of which something is known on it. */
type MovedDay = Readonly<{ day: string; seriesIds: number[]; isKept: boolean }>;

/** Local days with other bounds than they were settled in, oldest first: counted anew, or left as they were. */
export type MovedDays = Readonly<{ settled: readonly string[]; left: readonly string[] }>;

/** What a day of a series may keep, because all it is made of now was final. */
type Proof = Readonly<{
  day: string;
  seriesId: number;
  readAt: Date;
  stableSince: Date;
  finalAt: Date;
}>;

/**
 * Brings the ledger in line with the zones a participant lived by, after these were corrected: bounds and counts of every
 * local day that was settled within others, and the sleeps that end in it; a fortnight a statement, the newest first. A
 * day stays final where all it is made of now was: each of its instants was read twice, the device had synced past it, and
 * a reading would find the same. Else it is open. Where samples of any of them are no longer kept all are left as they were:
 * counted and judged anew, those would be empty. Killed in between, the next call goes on.
 */
export async function settleMovedDays(db: Queryable, participantId: number): Promise<MovedDays> {
  const { rows: moved } = await db.query<MovedDay>(LIST_MOVED, [participantId]);
  const all = moved.map(({ day }) => day).reverse();
  if (!moved.every(({ isKept }) => isKept)) return { settled: [], left: all };
  if (all.length === 0) return { settled: [], left: [] };
  const { rows: proofs } = await db.query<Proof>(READ_PROOFS, [participantId]);
  await moveSessions(db, participantId);
  for (let from = 0; from < moved.length; from += DAYS_AT_ONCE) {
    const slice = moved.slice(from, from + DAYS_AT_ONCE);
    const days = slice.map(({ day }) => day);
    const read = slice.map(({ day, seriesIds }) => ({ seriesIds, days: [day], reading: null }));
    await settleSeries(db, participantId, read);
    const kept = proofs.filter(({ day }) => days.includes(day));
    await keepOnly(db, participantId, days, kept);
  }
  return { settled: all, left: [] };
}

/** Days with other bounds than when they were settled. */
const MOVED_DAYS = `
with known as (
  select min(day) as first, max(day) as last from study.ledger where participant_id = $1::int
), moved as materialized (
  select d.day, d.starts_at, d.ends_at
  from known
  cross join lateral study.local_days($1::int, known.first, known.last) d
  join study.ledger l on l.participant_id = $1::int and l.day = d.day
  where (l.starts_at, l.ends_at) <> (d.starts_at, d.ends_at)
)`;

/** Newest first. The samples of a day went with their chunk where one that is known of is older than every chunk. */
const LIST_MOVED = `${MOVED_DAYS}
select d.day, array_agg(m.series_id::int order by m.series_id) as "seriesIds", not exists (
  select from study.ledger l
  join study.ledger_metric k on k.participant_id = l.participant_id and k.day = l.day
  join study.series s on s.id = k.series_id and s.resolution in ('minute', 'sample')
  where l.participant_id = $1::int and l.starts_at < d.ends_at and l.ends_at > d.starts_at
    and k.first_sample_at < (
      select coalesce(min(c.range_start), 'infinity') from timescaledb_information.chunks c
      where c.hypertable_schema = 'study' and c.hypertable_name = 'sample')) as "isKept"
from moved d
join study.ledger_metric m on m.participant_id = $1::int and m.day = d.day
group by d.day, d.starts_at, d.ends_at
order by d.day desc`;

const READ_PROOFS = `${MOVED_DAYS}
select d.day, m.series_id::int as "seriesId", min(m.read_at) as "readAt", max(m.stable_since) as "stableSince",
  max(m.final_at) as "finalAt"
from moved d
join study.ledger l on l.participant_id = $1::int and l.starts_at < d.ends_at and l.ends_at > d.starts_at
join study.ledger_metric m on m.participant_id = $1::int and m.day = l.day
group by d.day, d.starts_at, d.ends_at, m.series_id
having bool_and(m.final_at is not null)
  and range_agg(tstzrange(l.starts_at, l.ends_at)) @> tstzrange(d.starts_at, d.ends_at)`;

/** A session belongs to the local day it ends in. */
export async function moveSessions(db: Queryable, participantId: number): Promise<void> {
  await db.query(
    `update study.session s set day = study.local_day(s.participant_id, s.ends_at)
     where s.participant_id = $1::int and s.day <> study.local_day(s.participant_id, s.ends_at)`,
    [participantId],
  );
}

/** Of these days only what is proven stays final; a value of a day is of its date, whatever its bounds. */
async function keepOnly(
  db: Queryable,
  participantId: number,
  days: readonly string[],
  proofs: readonly Proof[],
): Promise<void> {
  await db.query(
    `with proof as (
       select * from unnest($3::date[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
         as p (day, series_id, read_at, stable_since, final_at)
     )
     update study.ledger_metric m
     set read_at = p.read_at, stable_since = p.stable_since, final_at = p.final_at
     from study.ledger_metric own
     join study.series s on s.id = own.series_id and s.resolution <> 'day'
     left join proof p on p.day = own.day and p.series_id = own.series_id
     where own.participant_id = $1::int and own.day = any ($2::date[])
       and m.participant_id = own.participant_id and m.day = own.day and m.series_id = own.series_id`,
    [
      participantId,
      days,
      proofs.map(({ day }) => day),
      proofs.map(({ seriesId }) => seriesId),
      proofs.map(({ readAt }) => readAt),
      proofs.map(({ stableSince }) => stableSince),
      proofs.map(({ finalAt }) => finalAt),
    ],
  );
}

/**
 * SQL for whether anything of the participant `p` is read at a moment: who takes part, or completed a month ago at most,
 * by a grant that is not known to have ended.
 */
export const isReadSql = (at: string) => `(
  (p.state = 'active' or (p.state = 'completed' and ${at} < (p.ended_on + 31)::timestamp at time zone 'UTC'))
  and exists (
    select from study.connection c
    where c.participant_id = p.id and c.status not in ('revoked', 'reconsent_needed')))`;

/** Days to judge again of those whom nothing is read of, because they were settled within other bounds than judged. */
export async function listMovedUnread(
  db: Queryable,
  now: Date,
): Promise<readonly Readonly<{ id: number; days: string[] }>[]> {
  const { rows } = await db.query<{ id: number; days: string[] }>(
    `with person as materialized (
       select p.id, p.enrolled_on, p.ended_on from study.participant p
       where not ${isReadSql("$1::timestamptz")}
         and exists (select from study.participant_zone z where z.participant_id = p.id and isfinite(z.from_at))
     )
     select p.id, array_agg(j.day order by j.day) as days
     from person p
     join study.judged_day j on j.participant_id = p.id
     join study.ledger l on l.participant_id = p.id and l.day = j.day
     where j.day between p.enrolled_on and coalesce(p.ended_on, date 'infinity')
       and (l.starts_at, l.ends_at) <> (j.starts_at, j.ends_at)
     group by p.id
     order by p.id`,
    [now],
  );
  return rows;
}
