-- Decision: a message says only what is so of the last days and what a person may still act on. Wear counts by days of
-- the last weeks since the last pause, nights up to the last sync, a device nobody may look at by what came of it. Who
-- took their permission back decided so: a person talks to them, and no template asks them again. What a device has
-- overwritten is not told to be saved. A refused message never stands before one that may go, nor do people to whom a
-- rule only proposes before those to whom one sends.
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
    coalesce('device' = any (c.missing_permissions), false) as device_withheld,
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
  where m.participant_id = r.participant_id and m.last_sample_at is not null
    and (r.last_sync_at is null or r.device_withheld)
  order by m.day desc, m.last_sample_at desc limit 1
) sample on true
cross join lateral (
  select case when r.device_withheld then sample.at else coalesce(r.last_sync_at, sample.at) end as at
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
cross join lateral (
  select max((c.at at time zone coalesce(r.time_zone, 'UTC'))::date) as day from study.participant_state_change c
  where c.participant_id = r.participant_id and c.from_state = 'paused' and c.to_state = 'active'
) resumed
left join lateral (
  select count(*)::int as days, count(*) filter (where d.state <> 'valid')::int as low, min(d.day) as from_day,
    max(d.day) as to_day, array_agg(d.day) as all_days
  from (
    select j.day, j.state from study.judged_day j
    where j.participant_id = r.participant_id and j.state in ('valid', 'partial', 'not_worn')
      and j.day > (now() at time zone coalesce(r.time_zone, 'UTC'))::date - (rule.of_days + 7)
      and j.day >= coalesce(resumed.day, '-infinity')
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

comment on column reporting.participant_flag.inactive is 'The last device sync (newest wearable sample where no device is or may be known, else enrolment) was longer ago than the study allows, as of our last look.';
comment on column reporting.participant_flag.newest_at is 'Up to when the device has handed over: its last sync, or the newest wearable sample where no device is or may be known.';
comment on column reporting.participant_flag.low_wear is 'As many of the last judged days as the study says are not valid; days older than the window and a week, or before the last pause ended, do not count.';

create or replace function study.message_grounds(who int, limits jsonb, at timestamptz)
returns table (participant_id int, template text)
language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
  select p.id, g.template
  from reporting.participant_flag f
  join study.participant p on p.short_id = f.participant
  left join lateral (
    select count(distinct n.day) as of_month, count(distinct n.day) filter (where n.day > (at - interval '8 days')::date) as of_week
    from study.session n
    where n.participant_id = p.id and n.kind = 'sleep' and n.main and n.day > (at - interval '30 days')::date
  ) night on f.fresh
  left join lateral (
    select count(distinct m.day) as of_week
    from study.ledger_metric m
    where m.participant_id = p.id and m.day > (at - interval '8 days')::date and m.read_at is not null
      and m.series_id in (select x.id from study.series x where x.data_type = 'sleep')
      -- A night after the last sync is not known yet, and one before they came back from a pause nobody asked for.
      and m.day < (f.newest_at at time zone f.time_zone)::date
      and not exists (
        select from study.participant_state_change c
        where c.participant_id = p.id and c.from_state = 'paused' and c.to_state = 'active'
          and (c.at at time zone f.time_zone)::date >= m.day)
  ) read on f.fresh
  cross join lateral (values
    ('data_at_risk', f.data_at_risk and f.save_until > at),
    ('consent_needed', f.consent_needed and f.connection in ('reconsent_needed', 'scope_missing')
      and f.connection_since < at - interval '1 hour'),
    ('consent_first', f.connection is null and f.state in ('invited', 'active')),
    ('consent_ending', f.state = 'active' and exists (
      select from study.connection c
      where c.participant_id = p.id and c.status in ('active', 'scope_missing') and c.token_ciphertext is not null
        and least(c.grant_expires_at, c.access_expires_at + interval '6 months') < at + interval '14 days')),
    ('inactive', f.fresh and f.inactive),
    ('battery_low', f.fresh and f.battery_percent <= 15 and f.battery_seen_at > at - interval '48 hours'),
    ('low_wear', f.fresh and f.low_wear),
    ('few_nights', f.fresh and night.of_month > 0 and night.of_week <= 3 and read.of_week >= 6),
    ('thanks', true),
    ('study_end', f.state = 'completed')
  ) as g (template, holds)
  where g.holds and p.state in ('invited', 'active', 'completed')
    and f.participant = any (array(select x.short_id from study.participant x where who is null or x.id = who));
end
$$;

create function study.message_steps_back(refusals text[]) returns boolean
language sql immutable
as $$
  -- What goes out today already is today's message: nothing else is looked for.
  select cardinality(refusals) > 0 and not 'same_today' = any (refusals)
$$;
comment on function study.message_steps_back is 'Whether what is refused for these reasons makes way for something less urgent that may be written.';

drop function study.message_candidates(int, jsonb, timestamptz, int);
create function study.message_candidates(
  wanted_study int, limits jsonb, at timestamptz, most int, wanted_site text, sent_before int)
returns table (participant_id int, template text, mode text, refusals text[], quiet_until timestamptz, without_effect int)
language sql stable
as $$
  with ground as (
    select g.participant_id, g.template, coalesce(r.mode, 'propose') as mode, o.place
    from study.message_grounds(null, limits, at) g
    join study.participant p on p.id = g.participant_id and p.study_id = wanted_study
    left join study.site t on t.id = p.site_id
    join unnest(array['data_at_risk', 'consent_needed', 'inactive', 'battery_low', 'low_wear', 'few_nights', 'study_end'])
      with ordinality as o (template, place) on o.template = g.template
    left join study.message_rule r on r.study_id = wanted_study and r.template = g.template
    where coalesce(r.mode, 'propose') <> 'off'
      and (wanted_site is null or t.name = wanted_site)
      -- The end of a study is told once.
      and (g.template <> 'study_end' or not exists (
        select from study.message m
        where m.participant_id = g.participant_id and m.template = 'study_end' and m.sent_at is not null))
  ), person as (
    select g.participant_id, min(g.place) as place from ground g
    group by g.participant_id
    having sent_before is null or bool_or(g.mode = 'send')
    order by 2, 1 limit case when sent_before is null then most end
  ), judged as materialized (
    select g.*, study.message_refusals(g.participant_id, g.template, limits, at, null) as refusals
    from ground g join person using (participant_id)
  ), chosen as (
    select distinct on (j.participant_id) j.*, study.messages_without_effect(j.participant_id) as without_effect
    from judged j order by j.participant_id, study.message_steps_back(j.refusals), j.place
  )
  select c.participant_id, c.template, c.mode, c.refusals,
    study.quiet_until(c.participant_id, at, (limits -> 'quietHours' ->> 'from')::time, (limits -> 'quietHours' ->> 'to')::time),
    c.without_effect
  from chosen c
  where sent_before is null or (c.mode = 'send' and cardinality(c.refusals) = 0 and c.without_effect < sent_before)
  order by c.place, c.participant_id limit most
$$;
comment on function study.message_candidates is 'Whom the rules of a study (or of one of its sites) would write to and about what: the most urgent that nothing speaks against or that goes out today already, else the most urgent, with every reason why not. With sent_before only what rules send by themselves, to people of whose messages fewer than that had no effect; the limit comes after.';
