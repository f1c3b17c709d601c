-- Decision: a gap has exactly one cause, out of one vocabulary that pages and imputation share. Imputed values lie
-- beside the samples and never among them, so that "measured" can never be wrong.
create table study.gap (
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  cause text not null check (cause in (
    'not_yet_synced', 'not_worn', 'charging', 'battery_empty', 'device_memory_exceeded', 'not_authorised',
    'source_outage', 'pipeline_fault', 'sensor_dropout', 'short_unknown', 'outside_participation')),
  recoverable_until timestamptz,
  evidence jsonb not null default '{}',
  found_at timestamptz not null,
  recovered_at timestamptz,
  primary key (participant_id, series_id, starts_at)
);
comment on table study.gap is 'Every missing stretch of a dense metric, with its one cause.';
comment on column study.gap.recoverable_until is 'Until when the data may still arrive; null where it cannot, or nobody knows.';

create table study.imputation_run (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  method text not null,
  parameters jsonb not null,
  input_sha256 bytea not null check (length(input_sha256) = 32),
  code_version text not null,
  made_at timestamptz not null,
  unique (participant_id, series_id, input_sha256)
);
comment on table study.imputation_run is 'How a set of imputed values came about: method, parameters, input and code.';

create table study.imputed_sample (
  participant_id int not null,
  series_id smallint not null,
  time timestamptz not null,
  value int not null,
  lower int not null,
  upper int not null,
  run_id bigint not null references study.imputation_run,
  retired_at timestamptz,
  primary key (participant_id, series_id, time, run_id),
  check (lower <= value and value <= upper)
);
comment on table study.imputed_sample is 'Imputed values with their interval, beside the measured ones. Retired when a measurement or a newer run replaces them.';
