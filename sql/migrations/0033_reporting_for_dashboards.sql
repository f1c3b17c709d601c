-- Decision: what dashboards and programs need beyond days, gaps and flags: views of one table each, so that a filter by
-- participant, site or time reaches its index. Still no text of a message, no name, no token, no payload of a quarantine,
-- and no id by which a provider knows somebody.
create index ingest_run_finished on study.ingest_run (finished_at);
create index fetch_fetched on study.fetch (fetched_at);
create index quarantine_first_seen on study.quarantine (first_seen_at);

create view reporting.sample_hour as
select s.slug as study, p.short_id as participant, m.name as metric, h.hour as time, h.n as samples,
  h.sum::double precision / h.n / m.scale as value,
  h.min::double precision / m.scale as min,
  h.max::double precision / m.scale as max
from study.sample_hour h
join study.series r on r.id = h.series_id and r.for_analysis
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = h.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.sample_hour is 'Hourly mean, least and greatest of dense metrics, from the aggregate; measured values only.';

create view reporting.sleep_stage as
select s.slug as study, p.short_id as participant, n.day, g.starts_at, g.ends_at, g.stage, n.main
from study.session n
join study.session_stage g on g.session_id = n.id
join study.participant p on p.id = n.participant_id
join study.study s on s.id = p.study_id
where n.kind = 'sleep';
comment on view reporting.sleep_stage is 'Stages of sleeps, by the local day the sleep ends in.';

create view reporting.daily_value as
select s.slug as study, p.short_id as participant, m.name as metric, d.day, d.value::double precision / m.scale as value
from study.daily_value d
join study.series r on r.id = d.series_id and r.for_analysis
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = d.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.daily_value is 'Values that a source gives for whole days, in the metric''s unit.';

create view reporting.device as
select s.slug as study, p.short_id as participant, d.source, d.kind, d.model, d.battery_percent, d.battery_seen_at,
  d.last_sync_at, d.first_seen_at, d.last_seen_at
from study.device d
join study.participant p on p.id = d.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.device is 'What is or was paired with participants'' accounts, with battery and last sync.';

create view reporting.message as
select s.slug as study, p.short_id as participant, m.template, m.template_version, m.status, m.local_day, m.made_at, m.sent_at,
  m.followed_24h, m.followed_48h
from study.message m
join study.participant p on p.id = m.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.message is 'Which message went to whom, when, and whether what it asked for followed. No text, no address.';

create view reporting.ingest_run as
select s.slug as study, p.short_id as participant, site.name as site, r.scheduled_at, r.started_at, r.finished_at, r.outcome,
  r.detail, r.inserted, r.updated, r.quarantined
from study.ingest_run r
join study.participant p on p.id = r.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id;
comment on view reporting.ingest_run is 'Finished runs of ingestParticipant: when planned, begun and done, and with what result.';

create view reporting.fetch as
select s.slug as study, f.fetched_at, f.status, f.duration_ms, f.bytes, f.samples, f.rejected, f.inserted, f.updated
from study.fetch f
join study.participant p on p.id = f.participant_id
join study.study s on s.id = p.study_id;
comment on view reporting.fetch is 'Pages that sources gave us: how long each took and what was in it; not whose, nor from which address.';

create view reporting.quarantine as
select s.slug as study, m.name as metric, q.reason, q.first_seen_at, q.last_seen_at, q.times_seen,
  q.replayed_at is null as open
from study.quarantine q
left join study.participant p on p.id = q.participant_id
join study.study s on s.id = coalesce(p.study_id, q.study_id)
left join study.series r on r.id = q.series_id
left join study.metric m on m.id = r.metric_id;
comment on view reporting.quarantine is 'What did not fit, by its reason; never its content, nor whose it was.';

create view reporting.connection as
select s.slug as study, p.short_id as participant, site.name as site, p.state, c.source, c.status, c.status_reason,
  c.status_since, c.grant_expires_at
from study.connection c
join study.participant p on p.id = c.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id;
comment on view reporting.connection is 'Whether each grant works, since when, and when it expires where the source says so. No token.';

create view reporting.pipeline_fault as
select s.slug as study, f.began_at, f.ended_at, f.reason
from study.pipeline_fault f join study.study s on s.id = f.study_id;
comment on view reporting.pipeline_fault is 'Stretches in which refusals were held to be ours or the provider''s; open where ended_at is null.';

create view reporting.maintenance as
select m.task, m.last_good_at, m.last_failed_at, m.last_failure,
  m.last_failed_at is not null and (m.last_good_at is null or m.last_failed_at > m.last_good_at) as failed
from study.maintenance_run m;
comment on view reporting.maintenance is 'When each maintenance task last went well and last failed.';

create view reporting.aggregate_lag as
select count(*)::int as windows, min(w.touched_at) as oldest_at,
  extract(epoch from now() - min(w.touched_at))::double precision / 60 as minutes
from study.touched_window w;
comment on view reporting.aggregate_lag is 'What the hourly aggregate has not taken in yet; minutes is null where there is nothing.';

create view reporting.storage as
select c.range_start as time, c.is_compressed as compressed,
  pg_total_relation_size(k.oid) + coalesce(pg_total_relation_size(z.oid), 0) as bytes
from timescaledb_information.chunks c
join pg_namespace n on n.nspname = c.chunk_schema
join pg_class k on k.relnamespace = n.oid and k.relname = c.chunk_name
left join _timescaledb_catalog.chunk h on h.schema_name = c.chunk_schema and h.table_name = c.chunk_name
left join _timescaledb_catalog.chunk d on d.id = h.compressed_chunk_id
left join pg_namespace zn on zn.nspname = d.schema_name
left join pg_class z on z.relnamespace = zn.oid and z.relname = d.table_name
where c.hypertable_schema = 'study' and c.hypertable_name = 'sample';
comment on view reporting.storage is 'Bytes of each day''s samples on disk, and whether they are compressed.';

create view reporting.back_test as
select s.slug as study, p.short_id as participant, site.name as site, arm.name as arm, m.name as metric, b.day,
  b.length_minutes, b.method, b.minutes, b.absolute_error, b.linear_error, b.covered, b.made_at
from study.back_test b
join study.series r on r.id = b.series_id
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = b.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id;
comment on view reporting.back_test is 'What masking worn stretches came to, by method and length: sums over minutes, in the metric''s unit.';

create view reporting.imputed_gap as
select s.slug as study, p.short_id as participant, site.name as site, arm.name as arm, m.name as metric, run.day, g.starts_at,
  g.ends_at, round(extract(epoch from g.ends_at - g.starts_at) / 60)::int as minutes, g.cause, g.method, g.provisional,
  g.refusal, g.pending, run.made_at, run.id as run_id
from study.imputed_gap g
join study.imputation_run run on run.id = g.run_id and run.superseded_at is null
join study.series r on r.id = g.series_id
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = g.participant_id
join study.study s on s.id = p.study_id
left join study.site site on site.id = p.site_id
left join study.arm arm on arm.id = p.arm_id;
comment on view reporting.imputed_gap is 'Each gap that a run in force looked at: by which method it was filled, or why it was not.';

-- Without a look at the samples: whoever joins it with sample_raw says of which time, and reads no other.
create view reporting.imputed_minute as
select st.slug as study, p.short_id as participant, m.name as metric, g.method, g.provisional,
  round(extract(epoch from g.ends_at - g.starts_at) / 60)::int as gap_minutes, i.time,
  i.value::double precision / m.scale as imputed,
  i.lower::double precision / m.scale as lower,
  i.upper::double precision / m.scale as upper,
  i.retired_at, i.retired_by
from study.imputed_sample i
join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
join study.series r on r.id = i.series_id
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = i.participant_id
join study.study st on st.id = p.study_id;
comment on view reporting.imputed_minute is 'Every imputed minute there ever was, in force where retired_at is null, else by what it was retired. A measurement retires it in its own statement.';

grant select on all tables in schema reporting to wearflow_app, grafana_reader;
