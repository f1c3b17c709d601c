-- Decision: the newest sample is the newest of any series that tells of wear; since 0016 a day may have several.
create or replace view reporting.participant_status as
select
  s.slug as study,
  p.short_id as participant,
  p.state,
  arm.name as arm,
  site.name as site,
  p.enrolled_on,
  p.ended_on,
  zone.time_zone,
  c.status as connection,
  c.status_reason as connection_reason,
  c.status_since as connection_since,
  device.last_sync_at,
  device.battery_percent,
  device.battery_seen_at,
  sample.last_sample_at,
  run.finished_at as last_fetched_at,
  run.outcome as last_outcome,
  run.detail as last_detail
from study.participant p
join study.study s on s.id = p.study_id
left join study.arm arm on arm.id = p.arm_id
left join study.site site on site.id = p.site_id
left join lateral (
  select z.time_zone from study.participant_zone z
  where z.participant_id = p.id and z.from_at <= now()
  order by z.from_at desc limit 1
) zone on true
left join lateral (
  select c.* from study.connection c where c.participant_id = p.id order by c.id desc limit 1
) c on true
left join lateral (
  select d.last_sync_at, d.battery_percent, d.battery_seen_at from study.device d
  where d.participant_id = p.id and d.kind = 'tracker'
  order by d.last_sync_at desc nulls last limit 1
) device on true
left join lateral (
  select m.last_sample_at from study.ledger_metric m
  join study.series r on r.id = m.series_id and r.for_wear
  where m.participant_id = p.id and m.last_sample_at is not null
  order by m.day desc, m.last_sample_at desc limit 1
) sample on true
left join lateral (
  select r.finished_at, r.outcome, r.detail from study.ingest_run r
  where r.participant_id = p.id order by r.finished_at desc limit 1
) run on true;
