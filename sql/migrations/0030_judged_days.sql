-- Decision: what a day is lies in a table of its own, judged by adherence/ from the ledger, the samples and what is known
-- of the participant, with the proof it rests on and the version of the rules. study.ledger says what was read of a day;
-- study.judged_day says what that means. The one definition of who needs attention is a view over both.
create table study.device_sync (
  device_id int not null references study.device on delete cascade,
  synced_at timestamptz not null,
  battery_percent smallint,
  seen_at timestamptz not null,
  primary key (device_id, synced_at)
);
comment on table study.device_sync is 'Every sync of a device that we saw, with its battery as of then: what a gap''s cause rests on.';
grant select, insert, update, delete on study.device_sync to wearflow_app;

create function study.note_device_sync() returns trigger language plpgsql as $$
begin
  insert into study.device_sync (device_id, synced_at, battery_percent, seen_at)
  values (new.id, new.last_sync_at, new.battery_percent, new.last_seen_at)
  on conflict (device_id, synced_at) do update set
    battery_percent = coalesce(excluded.battery_percent, device_sync.battery_percent);
  return null;
end
$$;
create trigger note_device_sync after insert or update on study.device
  for each row when (new.last_sync_at is not null) execute function study.note_device_sync();
insert into study.device_sync (device_id, synced_at, battery_percent, seen_at)
select id, last_sync_at, battery_percent, last_seen_at from study.device where last_sync_at is not null;

create table study.judged_day (
  participant_id int not null references study.participant on delete cascade,
  day date not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  expected_minutes int not null,
  received_minutes int not null,
  wear_minutes int not null,
  state text not null check (state in (
    'before_enrolment', 'after_participation', 'withdrawn', 'paused', 'not_authorised', 'pipeline_fault', 'valid',
    'lost', 'partial', 'not_worn', 'unsynced', 'pending')),
  valid_so_far boolean not null,
  proof jsonb not null,
  settings_version int not null,
  judged_at timestamptz not null,
  primary key (participant_id, day)
);
comment on table study.judged_day is 'What one participant''s local day is, by the rules of design §5 in their order, and what that rests on.';
comment on column study.judged_day.wear_minutes is 'Minutes with a wearable''s heart rate, steps or sleep, flat runs removed and short pauses bridged.';
comment on column study.judged_day.valid_so_far is 'Whether it has enough worn minutes already, also while it is open.';
comment on column study.judged_day.proof is 'Worn minutes by evidence, missing ones by cause, and the instants the state rests on.';
comment on column study.judged_day.settings_version is 'The version of the study''s settings it was judged by; 0 = defaults.';
comment on column study.judged_day.judged_at is 'When it last became what it is; judged again without a change it stays.';
create index judged_day_day on study.judged_day (day);
grant select, insert, update, delete on study.judged_day to wearflow_app;

create table study.rejudgement (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant on delete cascade,
  at timestamptz not null,
  reason text not null check (reason in ('first', 'rules', 'command')),
  from_version int,
  to_version int not null,
  days int not null,
  changed_days int not null,
  changed_gaps int not null
);
create index rejudgement_participant on study.rejudgement (participant_id, at desc);
comment on table study.rejudgement is 'When all days of a participant were judged anew, why, and how many came out otherwise.';
grant select, insert, update, delete on study.rejudgement to wearflow_app;

create table study.episode (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant on delete cascade,
  kind text not null check (kind in ('inactive', 'low_wear', 'low_sleep', 'consent_needed', 'data_at_risk')),
  began_at timestamptz not null,
  ended_at timestamptz,
  check (ended_at >= began_at)
);
create unique index episode_open on study.episode (participant_id, kind) where ended_at is null;
create index episode_participant on study.episode (participant_id, began_at desc);
comment on table study.episode is 'One row an episode in which a flag held: its beginning and its end are the events messages and alerts go by.';
grant select, insert, update, delete on study.episode to wearflow_app;

-- A permission that is missing costs its own metric only: wear and its messages need heart rate. Where nobody asked at
-- consent, a missing scope is heart rate's (0017).
create function study.heart_rate_granted(status text, missing_permissions text[]) returns boolean
language sql immutable
return status = 'active' or (status = 'scope_missing' and missing_permissions <> '{}'
  and not 'heart' = any (missing_permissions));
comment on function study.heart_rate_granted is 'Whether a connection in this state lets heart rate be read.';

-- Days that were read but not judged yet stand beside those that were judged; a day is in one of the two.
create view study.known_day as
select j.participant_id, j.day, j.starts_at, j.ends_at, j.expected_minutes, j.wear_minutes, j.received_minutes, j.state,
  j.valid_so_far, j.proof, j.settings_version, j.judged_at
from study.judged_day j
union all
select l.participant_id, l.day, l.starts_at, l.ends_at, l.expected_minutes, l.wear_minutes, null, 'pending', null, '{}', null,
  null
from study.ledger l
where not exists (select from study.judged_day j where j.participant_id = l.participant_id and j.day = l.day);
comment on view study.known_day is 'Every local day we know anything of: as judged, or as read where nobody has judged it yet.';

create or replace view reporting.participant_day as
select
  s.slug as study,
  p.short_id as participant,
  l.day,
  l.starts_at,
  l.ends_at,
  l.expected_minutes,
  l.wear_minutes,
  m.received_minutes as heart_rate_minutes,
  m.last_sample_at,
  m.read_at,
  m.final_at is not null as final,
  m.final_at,
  t.received_minutes as step_minutes,
  site.name as site,
  arm.name as arm,
  l.state,
  l.valid_so_far,
  coalesce((l.proof -> 'missingBy' ->> 'not_worn')::int, 0) as not_worn_minutes,
  coalesce((l.proof -> 'missingBy' ->> 'charging')::int, 0) as charging_minutes,
  l.settings_version,
  l.judged_at
from study.known_day l
join study.participant p on p.id = l.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id
left join lateral (
  select m.* from study.ledger_metric m
  join study.series r on r.id = m.series_id and r.metric_id = 1 and r.for_wear
  where m.participant_id = l.participant_id and m.day = l.day
  limit 1
) m on true
left join lateral (
  select m.received_minutes from study.ledger_metric m
  join study.series r on r.id = m.series_id and r.metric_id = 2 and r.for_analysis
  where m.participant_id = l.participant_id and m.day = l.day
  limit 1
) t on true;
comment on view reporting.participant_day is 'One row a participant and local day: its state, minutes expected, received and worn, and whether the day''s heart rate is final.';

create view reporting.gap as
select s.slug as study, p.short_id as participant, site.name as site, arm.name as arm, m.name as metric,
  g.starts_at, g.ends_at, (extract(epoch from g.ends_at - g.starts_at) / 60)::int as minutes, g.cause,
  g.recoverable_until, g.found_at, g.recovered_at
from study.gap g
join study.series r on r.id = g.series_id
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = g.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id;
comment on view reporting.gap is 'Every missing stretch of a dense metric with its one cause; recovered_at where the data came after all.';

-- A night belongs to the local day it ends in; the main sleep, or the longest where the source marks none.
create view study.main_night as
select n.*
from study.session n
where n.kind = 'sleep' and n.processed and n.minutes_asleep is not null and n.minutes_in_bed > 0
  and not exists (
    select from study.session b
    where b.participant_id = n.participant_id and b.day = n.day and b.kind = 'sleep' and b.processed
      and b.minutes_asleep is not null and b.minutes_in_bed > 0
      and (b.main, b.minutes_in_bed, -b.id) > (n.main, n.minutes_in_bed, -n.id));
comment on view study.main_night is 'The one sleep a participant and local day that counts as the night, once the source has processed it.';

create view reporting.sleep_night as
select s.slug as study, p.short_id as participant, site.name as site, arm.name as arm, n.day, n.starts_at, n.ends_at,
  n.minutes_asleep, n.minutes_in_bed,
  n.minutes_asleep::double precision / nullif(n.minutes_in_bed, 0) as efficiency,
  n.minutes_asleep < limits.hours * 60 or n.minutes_asleep * 100.0 < limits.percent * n.minutes_in_bed as low
from study.main_night n
join study.participant p on p.id = n.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id
left join lateral (
  select coalesce((v.settings ->> 'lowSleepHours')::float8, 6) as hours,
    coalesce((v.settings ->> 'sleepEfficiencyPercent')::float8, 85) as percent
  from (select 1) one
  left join lateral (
    select v.settings from study.setting v where v.study_id = p.study_id order by v.version desc limit 1
  ) v on true
) limits on true;
comment on view reporting.sleep_night is 'One row a participant and local day that a night ended in: minutes asleep and in bed, efficiency, and whether it is low by the study''s limits.';

create view reporting.study_day as
select s.slug as study, site.name as site, arm.name as arm, j.day,
  count(*)::int as participants,
  count(*) filter (where j.state = 'valid')::int as valid,
  count(*) filter (where j.state = 'partial')::int as partial,
  count(*) filter (where j.state = 'not_worn')::int as not_worn,
  count(*) filter (where j.state = 'lost')::int as lost,
  count(*) filter (where j.state = 'unsynced')::int as unsynced,
  count(*) filter (where j.state = 'pending')::int as pending,
  count(*) filter (where j.state = 'not_authorised')::int as not_authorised,
  count(*) filter (where j.state = 'pipeline_fault')::int as pipeline_fault,
  count(*) filter (where j.state = 'paused')::int as paused,
  count(*) filter (where j.valid_so_far)::int as valid_so_far,
  avg(j.wear_minutes) filter (where j.state in ('valid', 'partial', 'not_worn'))::double precision as mean_wear_minutes
from study.judged_day j
join study.participant p on p.id = j.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id
group by s.slug, site.name, arm.name, j.day;
comment on view reporting.study_day is 'One row a study, site, arm and local day: how many participants'' days were in which state, and the mean wear of those that can be judged.';

create view reporting.participant_flag as
select
  r.study, r.participant, r.site, r.arm, r.state,
  r.state = 'active' and not flag.inactive and coalesce(r.readable, false) as active,
  flag.inactive,
  r.state = 'active' and coalesce(wear.low >= rule.low_wear_days, false) as low_wear,
  r.state = 'active' and coalesce(sleep.low >= rule.low_sleep_days, false) as low_sleep,
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
  coalesce(sleep.low, 0) as low_sleep_nights,
  coalesce(sleep.nights, 0) as nights,
  exists (
    select from study.judged_day j
    where j.participant_id = r.participant_id and j.state in ('pipeline_fault', 'not_authorised')
      and j.day >= least(wear.from_day, (now() - interval '7 days')::date)
  ) as fault_in_window
from (
  select p.id as participant_id, p.study_id, p.enrolled_on, s.slug as study, p.short_id as participant, p.state,
    site.name as site, arm.name as arm, c.status as connection, c.status_since as connection_since,
    study.heart_rate_granted(c.status, c.missing_permissions) as readable, device.last_sync_at, device.battery_percent, device.battery_seen_at, zone.time_zone,
    run.outcome as last_outcome, run.finished_at as last_finished_at
  from study.participant p
  join study.study s on s.id = p.study_id
  left join study.site site on site.id = p.site_id
  left join study.arm arm on arm.id = p.arm_id
  left join lateral (
    select z.time_zone from study.participant_zone z
    where z.participant_id = p.id and z.from_at <= now() order by z.from_at desc limit 1
  ) zone on true
  left join lateral (
    select c.status, c.status_since, c.missing_permissions from study.connection c where c.participant_id = p.id order by c.id desc limit 1
  ) c on true
  left join lateral (
    select d.last_sync_at, d.battery_percent, d.battery_seen_at from study.device d
    where d.participant_id = p.id and d.kind = 'tracker' order by d.last_sync_at desc nulls last limit 1
  ) device on true
  left join lateral (
    select i.outcome, i.finished_at from study.ingest_run i
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
  -- A look learned when devices had synced: not a run that broke off before, nor one whose refusal nobody believed.
  select i.finished_at as at from study.ingest_run i
  where i.participant_id = r.participant_id and i.outcome in ('complete', 'partial')
    and i.detail not like '%devices: %' and i.detail not like '%not believed%'
  order by i.finished_at desc limit 1
) look on true
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
      < look.at - make_interval(hours => rule.inactive_hours), false) as inactive,
    case r.state when 'active' then coalesce(r.connection <> 'active', true)
      when 'invited' then coalesce(r.connection in ('revoked', 'reconsent_needed', 'scope_missing'), false)
      else false end as consent_needed
) flag
left join lateral (
  select count(*)::int as days, count(*) filter (where d.state <> 'valid')::int as low, min(d.day) as from_day,
    max(d.day) as to_day
  from (
    select j.day, j.state from study.judged_day j
    where j.participant_id = r.participant_id and j.state in ('valid', 'partial', 'not_worn')
    order by j.day desc limit rule.of_days
  ) d
) wear on true
left join lateral (
  select count(*)::int as nights, count(*) filter (where n.minutes_asleep < rule.sleep_hours * 60
    or n.minutes_asleep * 100.0 < rule.sleep_percent * n.minutes_in_bed)::int as low
  from study.main_night n
  join study.judged_day j on j.participant_id = n.participant_id and j.day = n.day
    and j.state in ('valid', 'partial', 'not_worn')
  where n.participant_id = r.participant_id and n.day between wear.from_day and wear.to_day
) sleep on true;
comment on view reporting.participant_flag is 'The one definition of who needs attention: active, inactive, low wear, low sleep, consent needed, data at risk, runs incomplete; one row a participant, each flag true or false, never null.';
comment on column reporting.participant_flag.inactive is 'The last device sync (newest wearable sample where no device is known, else enrolment) was longer ago than the study allows, as of our last look.';
comment on column reporting.participant_flag.fresh is 'Whether our last run, within 26 hours, could look: only then anything is said to a participant.';
comment on column reporting.participant_flag.newest_at is 'Up to when the device has handed over: its last sync, or the newest wearable sample where no device is known.';
comment on column reporting.participant_flag.save_until is 'When the first minutes after newest_at are overwritten on the device.';
comment on column reporting.participant_flag.judged_days is 'Final days the wear flag rests on: the last of them, as many as the study says; lost days say nothing.';
comment on column reporting.participant_flag.fault_in_window is 'A day of that window, or of the last week, is ours, the provider''s or not authorised: no message about adherence may rest on it.';

create view reporting.participant_episode as
select s.slug as study, p.short_id as participant, site.name as site, arm.name as arm, e.id as episode, e.kind, e.began_at,
  e.ended_at
from study.episode e
join study.participant p on p.id = e.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id;
comment on view reporting.participant_episode is 'When a flag of reporting.participant_flag began to hold and ended, one row an episode.';

create function study.note_episodes(who int, at timestamptz) returns int
language sql
as $$
  with flag as (
    select k.kind, k.holds
    from reporting.participant_flag f
    cross join lateral (values ('inactive', f.inactive), ('low_wear', f.low_wear), ('low_sleep', f.low_sleep),
      ('consent_needed', f.consent_needed), ('data_at_risk', f.data_at_risk)) as k (kind, holds)
    where f.participant = (select short_id from study.participant where id = who)
  ), ended as (
    update study.episode e set ended_at = greatest(at, e.began_at)
    from flag
    where e.participant_id = who and e.kind = flag.kind and e.ended_at is null and not flag.holds
    returning e.id
  ), began as (
    insert into study.episode (participant_id, kind, began_at)
    select who, kind, at from flag where holds
    on conflict (participant_id, kind) where ended_at is null do nothing
    returning id
  )
  select (select count(*) from ended)::int + (select count(*) from began)::int
$$;
comment on function study.note_episodes is 'Begins and ends the episodes of one participant by their flags; answers how many events that was. Again without a change: none.';

create or replace function study.message_grounds(who int, limits jsonb, at timestamptz)
returns table (participant_id int, template text)
language sql stable
as $$
  select p.id, g.template
  from reporting.participant_flag f
  join study.participant p on p.short_id = f.participant
  left join lateral (
    select count(distinct n.day) as of_month, count(distinct n.day) filter (where n.day > (at - interval '8 days')::date) as of_week
    from study.session n
    where n.participant_id = p.id and n.kind = 'sleep' and n.main and n.day > (at - interval '30 days')::date
  ) night on f.fresh
  cross join lateral (values
    ('data_at_risk', f.data_at_risk),
    -- An hour old at least: by then a fault of ours or of the provider's has been told from somebody's own decision.
    ('consent_needed', f.consent_needed and f.connection in ('revoked', 'reconsent_needed', 'scope_missing')
      and f.connection_since < at - interval '1 hour'),
    ('inactive', f.fresh and f.inactive),
    ('battery_low', f.fresh and f.battery_percent <= 15 and f.battery_seen_at > at - interval '48 hours'),
    ('low_wear', f.fresh and f.low_wear),
    -- Nights must be read at all before few can be told from none.
    ('few_nights', f.fresh and night.of_month > 0 and night.of_week <= 3),
    ('thanks', true),
    ('study_end', f.state = 'completed')
  ) as g (template, holds)
  where g.holds and p.state in ('invited', 'active', 'completed')
    and (who is null or f.participant = (select x.short_id from study.participant x where x.id = who))
$$;
comment on function study.message_grounds is 'What is true of participants (of one, or of all for null) that a message may be about, by reporting.participant_flag; limits are the study''s own, which the view reads itself.';

create or replace function study.message_our_fault(who int, wanted text, at timestamptz) returns boolean
language sql stable
as $$
  select wanted not in ('thanks', 'study_end') and exists (
    select from study.pipeline_fault f join study.participant p on p.study_id = f.study_id
    where p.id = who and (f.ended_at is null or (wanted <> 'consent_needed' and f.ended_at > at - interval '7 days')))
  or wanted not in ('thanks', 'study_end', 'consent_needed') and (
    exists (
      select from study.connection c where c.participant_id = who
        and not study.heart_rate_granted(c.status, c.missing_permissions))
    or exists (
      select from reporting.participant_flag f
      where f.participant = (select x.short_id from study.participant x where x.id = who) and f.fault_in_window))
$$;
comment on function study.message_our_fault is 'Whether the window a message would rest on holds days that are ours, the provider''s or not authorised (reporting.participant_flag.fault_in_window), or a fault is open.';

grant select on study.known_day, study.main_night to wearflow_app;
grant select on reporting.gap, reporting.sleep_night, reporting.study_day, reporting.participant_flag,
  reporting.participant_episode to wearflow_app, grafana_reader;
