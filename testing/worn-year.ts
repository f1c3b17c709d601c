import type { Queryable } from "../sql/pool.ts";
import { enrol } from "./people.ts";

/** People worn and read every day; days are UTC and all are final but the last two. */
export type WornYear = Readonly<{
  people: number;
  days: number;
  /** UTC midnight after the last day. */
  until: Date;
}>;

/** Days filled between two looks at what can be compressed. */
const COMPRESSED_EVERY = 10;

/**
 * Fills an embedded database with people who wear their watch as people do: two hours off a day, a charge every fifth, the
 * contact lost for a minute now and then, steps in a fourth of the waking minutes, a night in stages, three syncs a day. Nothing is
 * judged yet. Answers their ids.
 */
export async function fillWornYear(
  owner: Queryable,
  { people, days, until }: WornYear,
  compress: () => Promise<unknown>,
): Promise<readonly number[]> {
  const from = new Date(until.getTime() - days * 86_400_000);
  const enrolledOn = from.toISOString().slice(0, 10);
  const ids: number[] = [];
  for (let n = 0; n < people; n += 1)
    ids.push(
      await enrol(owner, `W-${String(n).padStart(4, "0")}`, { enrolledOn, timeZone: "UTC" }),
    );
  for (let day = 0; day < days; day += 1) {
    const midnight = new Date(from.getTime() + day * 86_400_000);
    await owner.query(MINUTES, [midnight, ids]);
    if (day % COMPRESSED_EVERY === COMPRESSED_EVERY - 1) await compress();
  }
  await compress();
  for (const statement of [CONNECTIONS, NIGHTS, LEDGER, LEDGER_METRIC, RUNS])
    await owner.query(statement, [from, until, ids]);
  await owner.query(DEVICES, [until, ids]);
  await owner.query(SYNCS, [from, until, ids]);
  return ids;
}

const MINUTES = `
  insert into study.sample (participant_id, series_id, time, value)
  select p.id, s.series_id, $1::timestamptz + m.minute * interval '1 minute',
    case s.series_id when 1 then 550 + ((m.minute / 7 + p.id * 13) % 40) * 10 + (hash % 9) * 10 else 1 + hash % 110 end
  from unnest($2::int[]) p (id)
  cross join generate_series(0, 1439) m (minute)
  cross join lateral (select abs(hashint4(p.id * 1000003 + extract(epoch from $1::timestamptz)::int / 60 + m.minute)) as hash) h
  cross join lateral (values (1), (1002)) s (series_id)
  where m.minute not between 1080 + (p.id * 7) % 60 and 1200 + hashint4(extract(doy from $1::timestamptz)::int + p.id) % 50
    and (s.series_id = 1 and hash % 250 <> 0 or s.series_id = 1002 and m.minute > 420 and hash % 4 = 0)`;

const CONNECTIONS = `
  insert into study.connection (participant_id, source, status, status_reason, status_since)
  select id, 'google-health', 'active', 'consent given', $1::timestamptz
  from unnest($3::int[]) p (id) where $2::timestamptz is not null`;

const NIGHTS = `
  with night as (
    insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind, main,
      minutes_asleep, minutes_in_bed, seen_at)
    select p.id, 1020, 'night ' || d, d, d + interval '7 hours', d::date, 'sleep', true, 400, 420, d
    from unnest($3::int[]) p (id)
    cross join generate_series($1::timestamptz, $2::timestamptz - interval '1 day', interval '1 day') d
    returning id, starts_at
  )
  insert into study.session_stage (session_id, starts_at, ends_at, stage)
  select n.id, n.starts_at + k * interval '20 minutes', n.starts_at + (k + 1) * interval '20 minutes',
    (array['light', 'deep', 'rem', 'awake'])[1 + k % 4]
  from night n cross join generate_series(0, 20) k`;

const LEDGER = `
  insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
  select p.id, d::date, d, d + interval '1 day', 1440, 1300, d + interval '2 days'
  from unnest($3::int[]) p (id)
  cross join generate_series($1::timestamptz, $2::timestamptz - interval '1 day', interval '1 day') d`;

const LEDGER_METRIC = `
  insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at, last_sample_at,
    content_hash, read_at, read_sync_at, stable_since, final_at)
  select l.participant_id, l.day, s.id, 1300, l.starts_at, l.ends_at - interval '1 minute', '\\x00',
    l.ends_at + interval '13 hours', l.ends_at + interval '12 hours', l.ends_at + interval '13 hours',
    case when l.ends_at < $2::timestamptz then l.ends_at + interval '37 hours' end
  from study.ledger l cross join (values (1), (1002)) s (id)
  where l.participant_id = any ($3::int[]) and $1::timestamptz is not null`;

const RUNS = `
  insert into study.ingest_run (workflow_id, run_id, participant_id, scheduled_at, started_at, finished_at, outcome, detail,
    inserted, updated, quarantined)
  select 'ingest/test/' || p.id, d::text, p.id, d, d, d, 'complete', 'heart rate', 0, 0, 0
  from unnest($3::int[]) p (id)
  cross join generate_series($1::timestamptz + interval '13 hours', $2::timestamptz + interval '13 hours', interval '1 day') d`;

const DEVICES = `
  insert into study.device (participant_id, source, provider_device_id, kind, battery_percent, last_sync_at, first_seen_at,
    last_seen_at)
  select id, 'google-health', 'watch', 'tracker', 60, $1::timestamptz + interval '12 hours', $1::timestamptz, $1::timestamptz + interval '13 hours'
  from unnest($2::int[]) p (id)`;

const SYNCS = `
  insert into study.device_sync (device_id, synced_at, battery_percent, seen_at)
  select d.id, t, 100 - (extract(epoch from t)::int / 3600 % 120) / 2, t
  from study.device d
  cross join generate_series($1::timestamptz + interval '4 hours', $2::timestamptz + interval '4 hours', interval '8 hours') t
  where d.participant_id = any ($3::int[])
  on conflict (device_id, synced_at) do nothing`;
