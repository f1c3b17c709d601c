-- Decision: steps are two series. Totals read all sources, which the provider reconciles so that watch and phone never
-- add up; wear reads wearables alone, because a phone in a pocket is no watch on a wrist.
insert into study.series (id, metric_id, dense, source, family, resolution, for_analysis, for_wear)
values
  (1001, 2, false, 'google-health', 'all-sources', 'minute', true, false),
  (1002, 2, false, 'google-health', 'google-wearables', 'minute', false, true);

comment on column study.ledger.wear_minutes is 'Minutes with a heart-rate sample or a step from a wearable.';

-- More than one series tells of wear now: a day's heart rate is the one of the metric that bears the name.
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
  t.received_minutes as step_minutes
from study.ledger l
join study.participant p on p.id = l.participant_id
join study.study s on s.id = p.study_id
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
comment on view reporting.participant_day is 'One row a participant and local day: minutes expected, received and worn, and whether the day''s heart rate is final.';
