-- Decision: a sample is one small row (participant, series, time) with an integer value in units of the
-- registry's scale: 4.2 bytes a compressed row on real minutes against 12 for float8. A new metric or device
-- is a row in the registry, never a migration.
create table study.metric (
  id smallint primary key,
  name text not null unique check (name ~ '^[a-z][a-z0-9_]*$'),
  unit text not null,
  kind text not null check (kind in ('sample', 'interval', 'session', 'daily', 'category')),
  dense boolean not null,
  scale int not null check (scale between 1 and 1000000),
  plausible_min double precision not null,
  plausible_max double precision not null,
  imputation text not null check (imputation in ('none', 'heart_rate', 'steps', 'daily')),
  unique (id, dense),
  check (plausible_min between -1e9 and 1e9 and plausible_max between -1e9 and 1e9),
  check (plausible_min < plausible_max)
);
comment on table study.metric is 'Registry of what can be measured.';
comment on column study.metric.scale is 'Stored value = round(value in unit × scale).';
comment on column study.metric.dense is 'Expected in every worn minute: only dense metrics have gaps and the hourly aggregate.';

create table study.series (
  id smallint primary key,
  metric_id smallint not null,
  dense boolean not null,
  source text not null,
  family text not null,
  resolution text not null check (resolution in ('minute', 'sample')),
  for_analysis boolean not null,
  for_wear boolean not null,
  unique (metric_id, source, family, resolution),
  foreign key (metric_id, dense) references study.metric (id, dense),
  check (dense = (id < 1000))
);
comment on table study.series is 'Metric + source family + resolution: the unit samples are stored under. Dense series have ids below 1000, because a continuous aggregate cannot look them up.';
comment on column study.series.for_analysis is 'Whether the analysis views read it.';
comment on column study.series.for_wear is 'Whether wear time reads it: wearables only, never phones.';

insert into study.metric (id, name, unit, kind, dense, scale, plausible_min, plausible_max, imputation)
values (1, 'heart_rate', 'bpm', 'sample', true, 10, 20, 250, 'heart_rate');

insert into study.series (id, metric_id, dense, source, family, resolution, for_analysis, for_wear)
values
  (1, 1, true, 'google-health', 'google-wearables', 'minute', true, true),
  (2, 1, true, 'google-health', 'google-wearables', 'sample', false, false);

create table study.sample (
  participant_id int not null,
  series_id smallint not null,
  time timestamptz not null,
  value int not null,
  primary key (participant_id, series_id, time)
);
comment on table study.sample is 'Every measurement, as received, as an integer in units of the series'' scale. Imputed values never come here.';

select create_hypertable('study.sample', by_range('time', interval '1 day'), create_default_indexes => false);
alter table study.sample set (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'participant_id, series_id',
  timescaledb.compress_orderby = 'time'
);
-- Temporal is the only scheduler: whatever policy the extension added by itself goes.
select remove_compression_policy('study.sample', if_exists => true);

create materialized view study.sample_hour
with (timescaledb.continuous, timescaledb.materialized_only = true) as
select
  participant_id,
  series_id,
  time_bucket(interval '1 hour', time) as hour,
  count(*)::int as n,
  sum(value)::bigint as sum,
  min(value) as min,
  max(value) as max
from study.sample
where series_id < 1000
group by participant_id, series_id, time_bucket(interval '1 hour', time)
with no data;
comment on view study.sample_hour is 'Hourly n, sum, min and max of dense series; refreshed from study.touched_window, never by an ingest run.';
