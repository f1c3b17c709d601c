import type { TestDatabase } from "./database.ts";

/** A study as it is after `days` days, filled by SQL: minutes of samples for the last `sampleDays` of `sampled` people. */
export type Fill = Readonly<{
  people: number;
  days: number;
  sampleDays: number;
  sampled: number;
  /** UTC midnight after the last day. */
  until: Date;
}>;

const STUDY = `
  with made as (
    insert into study.study (slug, name) values ('year', 'A year of everybody') returning id
  ), site as (
    insert into study.site (study_id, name) select id, n from made, unnest(array['Oslo', 'St John''s']) n
  )
  insert into study.arm (study_id, name) select id, n from made, unnest(array['A', 'B']) n`;

/** Ids F-0001 on; every fiftieth has no site. \`$2\`: days, \`$3\`: until. */
const PEOPLE = `
  with person as (
    insert into study.participant (study_id, site_id, arm_id, short_id, state, enrolled_on)
    select s.id,
      case when n % 50 <> 7 then (select id from study.site t where t.study_id = s.id order by id limit 1 offset n % 2) end,
      (select id from study.arm a where a.study_id = s.id order by id limit 1 offset n / 2 % 2),
      'F-' || lpad(n::text, 4, '0'), 'active', ($3::timestamptz - make_interval(days => $2::int))::date
    from study.study s cross join generate_series(1, $1::int) n
    where s.slug = 'year'
    returning id
  ), zone as (
    insert into study.participant_zone (participant_id, from_at, time_zone) select id, '-infinity', 'UTC' from person
  ), connection as (
    insert into study.connection (participant_id, source, provider_user_id, status, status_reason, status_since,
      token_key_id, token_ciphertext, grant_expires_at)
    select id, 'google-health', 'provider-' || id, case when id % 40 = 1 then 'revoked' else 'active' end, 'a test', $3::timestamptz - interval '90 days',
      'k', '\\x00', case when id % 30 = 2 then $3::timestamptz + interval '2 days' end
    from person
  )
  insert into study.device (participant_id, source, provider_device_id, kind, model, battery_percent, battery_seen_at,
    last_sync_at, first_seen_at, last_seen_at)
  select id, 'google-health', 'device-' || id, 'tracker', 'Charge 6', id % 100, $3::timestamptz,
    $3::timestamptz - make_interval(hours => case when id % 20 = 3 then 60 else id % 9 end), $3::timestamptz - interval '1 year',
    $3::timestamptz
  from person`;

const LEDGER = `
  insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
  select p.id, d::date, d, d + interval '1 day', 1440, 300 + (p.id * 31 + extract(doy from d)::int * 17) % 1000, d + interval '2 days'
  from study.participant p
  cross join generate_series($2::timestamptz - make_interval(days => $1::int), $2::timestamptz - interval '1 day', interval '1 day') d
  where p.short_id like 'F-%'`;

const LEDGER_METRIC = `
  insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at, last_sample_at,
    content_hash, read_at, read_sync_at, stable_since, final_at)
  select l.participant_id, l.day, 1, l.wear_minutes, l.starts_at, l.ends_at - interval '1 minute', '\\x00', l.ends_at,
    l.ends_at, l.ends_at, l.ends_at
  from study.ledger l join study.participant p on p.id = l.participant_id and p.short_id like 'F-%'`;

const JUDGED = `
  insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes, wear_minutes,
    state, valid_so_far, proof, settings_version, judged_at)
  select l.participant_id, l.day, l.starts_at, l.ends_at, l.expected_minutes, l.wear_minutes, l.wear_minutes,
    case when l.wear_minutes >= 600 then 'valid' when l.wear_minutes < 320 then 'not_worn' else 'partial' end,
    l.wear_minutes >= 600, '{}', 1, l.settled_at
  from study.ledger l join study.participant p on p.id = l.participant_id and p.short_id like 'F-%'`;

/** Every other day of a person has a gap; the causes follow one another, so that whatever the date F-0001 loses contact on the last day. */
const GAPS = `
  insert into study.gap (participant_id, series_id, starts_at, ends_at, cause, found_at)
  select j.participant_id, 1, j.starts_at + interval '8 hours', j.starts_at + interval '8 hours 40 minutes',
    (array['not_worn', 'charging', 'sensor_dropout'])[1 + turn.n % 3], j.judged_at
  from study.judged_day j
  join study.participant p on p.id = j.participant_id
  cross join lateral (
    select substring(p.short_id from 3)::int + 1 + (max(k.day) - j.day) as n
    from study.judged_day k where k.participant_id = j.participant_id
  ) turn
  where p.short_id like 'F-%' and turn.n % 2 = 0`;

const NIGHTS = `
  with night as (
    insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind, main,
      minutes_asleep, minutes_in_bed, seen_at)
    select j.participant_id, 1102, 'night-' || j.participant_id || '-' || j.day, j.starts_at, j.starts_at + interval '7 hours',
      j.day, 'sleep', true, 300 + (j.participant_id + extract(doy from j.day)::int * 7) % 120, 420, j.ends_at
    from study.judged_day j
    where j.day >= ($2::timestamptz - make_interval(days => $1::int))::date
    returning id, starts_at
  )
  insert into study.session_stage (session_id, starts_at, ends_at, stage)
  select n.id, n.starts_at + k * interval '1 hour', n.starts_at + (k + 1) * interval '1 hour',
    (array['light', 'deep', 'rem'])[1 + k % 3]
  from night n cross join generate_series(0, 6) k`;

const RUNS = `
  insert into study.ingest_run (workflow_id, run_id, participant_id, scheduled_at, started_at, finished_at, outcome, detail,
    inserted, updated, quarantined)
  select 'ingest/year/' || l.participant_id || '-' || l.day, 'r', l.participant_id, l.ends_at - interval '3 hours',
    l.ends_at - interval '3 hours', l.ends_at - interval '2 hours 50 minutes',
    case when l.participant_id % 17 = 0 then 'partial' else 'complete' end, 'heart rate: 2 days read', 1440, 0, 0
  from study.ledger l join study.participant p on p.id = l.participant_id and p.short_id like 'F-%'`;

const FETCHES = `
  insert into study.fetch (participant_id, series_id, workflow_run_id, method, url, fetched_at, status, sha256, bytes,
    duration_ms, samples, rejected, inserted, updated)
  select r.participant_id, 1, r.run_id, 'POST', 'http://127.0.0.1/', r.finished_at, 200, sha256(r.workflow_id::bytea), 9000,
    80 + r.participant_id % 40, 1440, 0, 1440, 0
  from study.ingest_run r where r.run_id = 'r'`;

const REST = [
  `insert into study.quarantine (participant_id, series_id, reason, detail, payload, payload_sha256, first_seen_at, last_seen_at)
   select p.id, 1, 'implausible_value', 'x', 'secret payload', sha256(p.short_id::bytea), $1::timestamptz - interval '3 hours', $1::timestamptz
   from study.participant p where p.short_id like 'F-%' and p.id % 9 = 0`,
  `insert into study.maintenance_run (task, last_good_at, last_failed_at, last_failure)
   values ('refresh_aggregates', $1::timestamptz, null, null), ('compress', $1::timestamptz - interval '2 days', $1::timestamptz, 'disk full')`,
  `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at, status_at, sent_at)
   select gen_random_uuid(), p.id, 'inactive', '1', ($1::timestamptz)::date, 'accepted', 'ola', $1::timestamptz - interval '5 hours', $1::timestamptz,
     $1::timestamptz - interval '4 hours'
   from study.participant p where p.short_id like 'F-%' and p.id % 5 = 1`,
] as const;

const IMPUTED = `
  with run as (
    insert into study.imputation_run (participant_id, series_id, day, method, parameters, input_sha256, code_version, made_at)
    select g.participant_id, 1, (g.starts_at)::date, 'ladder', '{}', sha256((g.participant_id || '-' || g.starts_at)::bytea), 'test', g.found_at
    from study.gap g
    where g.cause = 'sensor_dropout' and g.starts_at >= $2::timestamptz - make_interval(days => $1::int)
    returning id, participant_id, day
  ), gap as (
    insert into study.imputed_gap (run_id, participant_id, series_id, starts_at, ends_at, cause, method, with_steps, provisional, seed)
    select r.id, r.participant_id, 1, g.starts_at, g.ends_at, g.cause, 'smoother', true, false, 's'
    from run r join study.gap g on g.participant_id = r.participant_id and (g.starts_at)::date = r.day
    returning run_id, participant_id, starts_at
  ), tested as (
    insert into study.back_test (participant_id, series_id, day, length_minutes, method, minutes, absolute_error, linear_error,
      covered, squared_score, made_at)
    select r.participant_id, 1, r.day, 30, 'smoother', 60, 200, 300, 57, 1, r.day + interval '2 days' from run r
  )
  insert into study.imputed_sample (participant_id, series_id, time, value, lower, upper, run_id, retired_at, retired_by)
  select g.participant_id, 1, g.starts_at + m * interval '1 minute', 720, 650, 800, g.run_id,
    case when m % 4 = 0 then $2::timestamptz end, case when m % 4 = 0 then 'measured' end
  from gap g cross join generate_series(0, 39) m`;

/** Heart rate by the minute, but for the gap that was imputed, of which every fourth minute came late; steps in a walk a day. */
const MINUTES = `
  insert into study.sample (participant_id, series_id, time, value)
  select p.id, 1, $1::timestamptz + m * interval '1 minute', 600 + (p.id * 7 + m * 13) % 300
  from study.participant p cross join generate_series(0, 1439) m
  where p.short_id between 'F-0001' and 'F-' || lpad($2::text, 4, '0') and (m not between 480 and 519 or m % 4 = 0)
  union all
  select p.id, 1001, $1::timestamptz + m * interval '1 minute', 60 + m % 50
  from study.participant p cross join generate_series(600, 660) m
  where p.short_id between 'F-0001' and 'F-' || lpad($2::text, 4, '0')`;

/** Fills a migrated, empty database. Days are UTC; the owner's pool is used, since the hourly aggregate is refreshed too. */
export async function fillStudyYear({ owner }: TestDatabase, fill: Fill): Promise<void> {
  const { people, days, sampleDays, sampled, until } = fill;
  await owner.query(STUDY);
  await owner.query(PEOPLE, [people, days, until]);
  await owner.query(LEDGER, [days, until]);
  for (const statement of [LEDGER_METRIC, JUDGED, GAPS, RUNS, FETCHES])
    await owner.query(statement);
  await owner.query(NIGHTS, [Math.min(days, 60), until]);
  for (const statement of REST) await owner.query(statement, [until]);
  await owner.query(IMPUTED, [sampleDays, until]);
  for (let back = sampleDays; back > 0; back -= 1) {
    const day = new Date(until.getTime() - back * 86_400_000);
    await owner.query(MINUTES, [day, sampled]);
    await owner.query(
      "call refresh_continuous_aggregate('study.sample_hour', $1::timestamptz, $1::timestamptz + interval '1 day')",
      [day],
    );
  }
  await owner.query("analyze");
}
