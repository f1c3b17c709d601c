-- Decision: nobody is inactive for the time before they took part. Who was invited long ago, or comes back from a pause, has
-- as long to sync as who was enrolled today.
create or replace view reporting.participant_flag as
select
  r.study, r.participant, r.site, r.arm, r.state,
  r.state = 'active' and not flag.inactive and coalesce(r.readable, false) as active,
  flag.inactive,
  r.state = 'active' and coalesce(wear.low >= rule.low_wear_days, false) as low_wear,
  r.state = 'active' and coalesce(sleep.low_nights >= rule.low_sleep_days, false) as low_sleep,
  flag.consent_needed,
  fresh.holds and coalesce(newest.at < now() - make_interval(days => rule.memory_days) + interval '48 hours', false)
    as data_at_risk,
  r.state = 'active' and (r.last_outcome is null or r.last_finished_at < now() - interval '26 hours'
    or (r.last_outcome <> 'complete' and (r.last_outcome <> 'not_authorised' or coalesce(r.readable, false))))
    as incomplete,
  fresh.holds as fresh,
  look.at as looked_at,
  newest.at as newest_at,
  newest.at + make_interval(days => rule.memory_days) as save_until,
  r.connection, r.connection_since, r.battery_percent, r.battery_seen_at,
  coalesce(wear.low, 0) as low_wear_days,
  coalesce(wear.days, 0) as judged_days,
  wear.from_day as wear_from_day,
  wear.to_day as wear_to_day,
  coalesce(sleep.low_nights, 0) as low_sleep_nights,
  coalesce(sleep.nights, 0) as nights,
  exists (
    select from study.judged_day j
    where j.participant_id = r.participant_id and j.state in ('pipeline_fault', 'not_authorised')
      and j.day >= least(wear.from_day, (now() - interval '7 days')::date)
  ) as fault_in_window,
  r.enrolled_on, r.ended_on, r.time_zone, r.connection_reason, r.last_sync_at,
  (
    select m.last_sample_at from study.ledger_metric m
    join study.series x on x.id = m.series_id and x.for_wear
    where m.participant_id = r.participant_id and m.last_sample_at is not null
    order by m.day desc, m.last_sample_at desc limit 1
  ) as last_sample_at,
  r.last_finished_at as last_fetched_at, r.last_outcome, r.last_detail
from (
  select p.id as participant_id, p.study_id, p.enrolled_on, p.ended_on, s.slug as study, p.short_id as participant, p.state,
    site.name as site, arm.name as arm, c.status as connection, c.status_since as connection_since,
    c.status_reason as connection_reason, study.heart_rate_granted(c.status, c.missing_permissions) as readable,
    device.last_sync_at, device.battery_percent, device.battery_seen_at, zone.time_zone,
    run.outcome as last_outcome, run.finished_at as last_finished_at, run.detail as last_detail,
    -- A look learned when devices had synced: not a run that broke off before, nor one whose refusal nobody believed.
    run.outcome in ('complete', 'partial') and run.detail not like '%devices: %' and run.detail not like '%not believed%'
      as looked
  from study.participant p
  join study.study s on s.id = p.study_id
  left join study.site site on site.id = p.site_id
  left join study.arm arm on arm.id = p.arm_id
  left join lateral (
    select z.time_zone from study.participant_zone z
    where z.participant_id = p.id and z.from_at <= now() order by z.from_at desc limit 1
  ) zone on true
  left join lateral (
    select c.status, c.status_since, c.status_reason, c.missing_permissions from study.connection c where c.participant_id = p.id order by c.id desc limit 1
  ) c on true
  left join lateral (
    select d.last_sync_at, d.battery_percent, d.battery_seen_at from study.device d
    where d.participant_id = p.id and d.kind = 'tracker' order by d.last_sync_at desc nulls last limit 1
  ) device on true
  left join lateral (
    select i.outcome, i.finished_at, i.detail from study.ingest_run i
    where i.participant_id = p.id order by i.finished_at desc limit 1
  ) run on true
) r
left join lateral (
  select v.settings from study.setting v where v.study_id = r.study_id order by v.version desc limit 1
) v on true
cross join lateral (
  select coalesce((v.settings ->> 'inactiveHours')::int, 48) as inactive_hours,
    coalesce((v.settings ->> 'ofDays')::int, 7) as of_days,
    coalesce((v.settings ->> 'lowWearDays')::int, 3) as low_wear_days,
    coalesce((v.settings ->> 'lowSleepDays')::int, 3) as low_sleep_days,
    coalesce((v.settings ->> 'lowSleepHours')::float8, 6) as sleep_hours,
    coalesce((v.settings ->> 'sleepEfficiencyPercent')::float8, 85) as sleep_percent,
    coalesce((v.settings ->> 'deviceMemoryDays')::int, 7) as memory_days
) rule
left join lateral (
  select i.finished_at as at from study.ingest_run i
  where r.looked is not true and i.participant_id = r.participant_id and i.outcome in ('complete', 'partial')
    and i.detail not like '%devices: %' and i.detail not like '%not believed%'
  order by i.finished_at desc limit 1
) earlier on true
cross join lateral (
  select case when r.looked then r.last_finished_at else earlier.at end as at
) look
left join lateral (
  select m.last_sample_at as at from study.ledger_metric m
  join study.series x on x.id = m.series_id and x.for_wear
  where m.participant_id = r.participant_id and m.last_sample_at is not null and r.last_sync_at is null
  order by m.day desc, m.last_sample_at desc limit 1
) sample on true
cross join lateral (
  select coalesce(r.last_sync_at, sample.at) as at
) newest
cross join lateral (
  select r.state = 'active' and coalesce(r.last_outcome in ('complete', 'partial')
    and r.last_finished_at > now() - interval '26 hours', false) as holds
) fresh
cross join lateral (
  select
    r.state = 'active' and coalesce(coalesce(newest.at, r.enrolled_on::timestamp at time zone r.time_zone)
      < look.at - make_interval(hours => rule.inactive_hours), false)
      and not exists (
        select from study.participant_state_change c
        where c.participant_id = r.participant_id and c.to_state = 'active' and c.from_state in ('invited', 'paused')
          and c.at >= look.at - make_interval(hours => rule.inactive_hours)) as inactive,
    case r.state when 'active' then coalesce(r.connection <> 'active', true)
      when 'invited' then coalesce(r.connection in ('revoked', 'reconsent_needed', 'scope_missing'), false)
      else false end as consent_needed
) flag
left join lateral (
  select count(*)::int as days, count(*) filter (where d.state <> 'valid')::int as low, min(d.day) as from_day,
    max(d.day) as to_day, array_agg(d.day) as all_days
  from (
    select j.day, j.state from study.judged_day j
    where j.participant_id = r.participant_id and j.state in ('valid', 'partial', 'not_worn')
    order by j.day desc limit rule.of_days
  ) d
) wear on true
left join lateral (
  select count(*)::int as nights,
    count(*) filter (where night.minutes_asleep < rule.sleep_hours * 60
      or night.minutes_asleep * 100.0 < rule.sleep_percent * night.minutes_in_bed)::int as low_nights
  from (
    -- Those of study.main_night, asked for by participant and days.
    select distinct on (n.day) n.minutes_asleep, n.minutes_in_bed from study.session n
    where n.participant_id = r.participant_id and n.day between wear.from_day and wear.to_day
      and n.day = any (wear.all_days) and n.kind = 'sleep' and n.processed
      and n.minutes_asleep is not null and n.minutes_in_bed > 0
    order by n.day, n.main desc, n.minutes_in_bed desc, n.id
  ) night
) sleep on true;

-- Somebody whose files came first and whose account was connected later is judged anew by the account's series.
alter table study.rejudgement drop constraint rejudgement_reason_check;
alter table study.rejudgement add constraint rejudgement_reason_check check (reason in ('first', 'rules', 'source', 'command'));

-- Of what lies on a device that was exchanged nothing reminds but this: few rows, asked for of everybody.
create index gap_on_replaced on study.gap (participant_id) where recovered_at is null and evidence ? 'replaced';
