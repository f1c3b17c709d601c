-- Decision: sleep and exercise are sessions with stages, not samples; a daily value belongs to a date, not to an
-- instant. A changed value of an already final day leaves its old value here: a result once read must be traceable.
alter table study.series drop constraint series_resolution_check;
alter table study.series add constraint series_resolution_check
  check (resolution in ('minute', 'sample', 'session', 'day'));

create table study.session (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  provider_session_id text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- The participant-local day it ends in: a night belongs to the day it ends.
  day date not null,
  kind text not null,
  main boolean not null default false,
  processed boolean not null default true,
  minutes_asleep int check (minutes_asleep between 0 and 3000),
  minutes_in_bed int check (minutes_in_bed between 0 and 3000),
  seen_at timestamptz not null,
  unique (participant_id, series_id, provider_session_id)
);
create index session_day on study.session (participant_id, day);
comment on table study.session is 'A sleep or an exercise as the source recorded it.';
comment on column study.session.day is 'Local day it ends in.';
comment on column study.session.processed is 'False while the provider still computes its stages: read again.';

create table study.session_stage (
  session_id bigint not null references study.session on delete cascade,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  stage text not null check (stage in ('awake', 'restless', 'asleep', 'light', 'deep', 'rem')),
  primary key (session_id, starts_at)
);
comment on table study.session_stage is 'Stages of a sleep session; summaries are recomputed from these, never summed from the source''s own.';

create table study.daily_value (
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  day date not null,
  value int not null,
  seen_at timestamptz not null,
  primary key (participant_id, series_id, day)
);
comment on table study.daily_value is 'A value the source gives for a whole day, as an integer in units of the metric''s scale.';

create table study.sample_revision (
  participant_id int not null,
  series_id smallint not null,
  time timestamptz not null,
  old_value int not null,
  new_value int,
  revised_at timestamptz not null,
  workflow_run_id text not null,
  primary key (participant_id, series_id, time, revised_at)
);
comment on table study.sample_revision is 'What a value was before it changed, where its day had been final. A null new value means the source withdrew it.';
