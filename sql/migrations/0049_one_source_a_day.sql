-- Decision: where two sources tell of one person's day (a file export imported for somebody who is read as well), the day's
-- heart rate and steps are those of the source that is read, whatever the plan: its reading is what finality, read_at and
-- last_sample_at speak of. Wear counts both, as before. Values of days say which source gave them.
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
from study.participant p
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id
cross join lateral (
  select j.participant_id, j.day, j.starts_at, j.ends_at, j.expected_minutes, j.wear_minutes, j.state, j.valid_so_far, j.proof,
    j.settings_version, j.judged_at
  from study.judged_day j where j.participant_id = p.id
  union all
  select b.participant_id, b.day, b.starts_at, b.ends_at, b.expected_minutes, b.wear_minutes, 'pending', null, '{}', null, null
  from study.ledger b
  where b.participant_id = p.id
    and not exists (select from study.judged_day j where j.participant_id = b.participant_id and j.day = b.day)
) l
left join lateral (
  select m.* from study.ledger_metric m
  join study.series r on r.id = m.series_id and r.metric_id = 1 and r.for_wear
  where m.participant_id = l.participant_id and m.day = l.day
  order by r.source <> 'google-health', r.id
  limit 1
) m on true
left join lateral (
  select m.received_minutes from study.ledger_metric m
  join study.series r on r.id = m.series_id and r.metric_id = 2 and r.for_analysis
  where m.participant_id = l.participant_id and m.day = l.day
  order by r.source <> 'google-health', r.id
  limit 1
) t on true;

create or replace view reporting.daily_value as
select s.slug as study, p.short_id as participant, m.name as metric, d.day, d.value::double precision / m.scale as value, r.source
from study.daily_value d
join study.series r on r.id = d.series_id and r.for_analysis
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = d.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.daily_value is 'Values that a source gives for whole days, in the metric''s unit: a row a source.';
