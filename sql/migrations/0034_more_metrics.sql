-- Decision: all a Google Health account tells is registry rows. What is told by the minute is stored sparsely: a worn,
-- synced minute without a row is 0 (sedentary, of activity_level), as it is for steps. What is only useful by the day is
-- asked for by the day: 3 rows of active minutes instead of 1,440. Several series may come of one data type, by the same
-- requests. Minutes read all sources, which the provider reconciles so that watch and phone never add up; what tells of
-- the body, and sleep, read wearables alone.
alter table study.series add column data_type text;
comment on column study.series.data_type is 'What the source calls it; series of one data type, family and resolution are read by the same requests. Null for files.';
alter table study.series add constraint series_data_type check (source = 'fitabase' or data_type is not null) not valid;
update study.series set data_type = 'heart-rate' where id in (1, 2);
update study.series set data_type = 'steps' where id in (1001, 1002);
alter table study.series validate constraint series_data_type;

insert into study.metric (id, name, unit, kind, dense, scale, plausible_min, plausible_max, imputation)
values
  (5, 'distance', 'm', 'interval', false, 1000, 0, 2000, 'none'),
  (6, 'floors', 'count', 'interval', false, 1, 0, 60, 'none'),
  (7, 'active_zone_minutes', 'min', 'interval', false, 1, 0, 6, 'none'),
  (8, 'active_energy', 'kcal', 'interval', false, 100, 0, 60, 'none'),
  (9, 'activity_level', 'level', 'category', false, 1, 1, 3, 'none'),
  (10, 'heart_rate_variability', 'ms', 'sample', false, 10, 1, 500, 'none'),
  (11, 'oxygen_saturation', '%', 'sample', false, 10, 50, 100, 'none'),
  (12, 'exercise', 'min', 'session', false, 1, 0, 2880, 'none'),
  (30, 'daily_light_minutes', 'min', 'daily', false, 1, 0, 1500, 'none'),
  (31, 'daily_moderate_minutes', 'min', 'daily', false, 1, 0, 1500, 'none'),
  (32, 'daily_vigorous_minutes', 'min', 'daily', false, 1, 0, 1500, 'none'),
  (33, 'daily_resting_heart_rate', 'bpm', 'daily', false, 10, 20, 150, 'none'),
  (34, 'daily_heart_rate_variability', 'ms', 'daily', false, 10, 1, 500, 'none'),
  (35, 'daily_deep_sleep_heart_rate_variability', 'ms', 'daily', false, 10, 1, 500, 'none'),
  (36, 'daily_oxygen_saturation', '%', 'daily', false, 10, 50, 100, 'none'),
  (37, 'daily_lowest_oxygen_saturation', '%', 'daily', false, 10, 50, 100, 'none'),
  (38, 'daily_respiratory_rate', 'per min', 'daily', false, 10, 3, 60, 'none'),
  (39, 'daily_sleep_temperature', '°C', 'daily', false, 100, 15, 45, 'none'),
  (40, 'daily_sleep_temperature_baseline', '°C', 'daily', false, 100, 15, 45, 'none');

insert into study.series (id, metric_id, dense, source, family, resolution, for_analysis, for_wear, data_type)
values
  (1003, 5, false, 'google-health', 'all-sources', 'minute', true, false, 'distance'),
  (1004, 6, false, 'google-health', 'all-sources', 'minute', true, false, 'floors'),
  (1005, 7, false, 'google-health', 'all-sources', 'minute', true, false, 'active-zone-minutes'),
  (1006, 8, false, 'google-health', 'all-sources', 'minute', true, false, 'active-energy-burned'),
  (1007, 9, false, 'google-health', 'all-sources', 'minute', true, false, 'activity-level'),
  (1008, 10, false, 'google-health', 'google-wearables', 'sample', true, false, 'heart-rate-variability'),
  (1009, 11, false, 'google-health', 'google-wearables', 'sample', true, false, 'oxygen-saturation'),
  (1010, 4, false, 'google-health', 'all-sources', 'sample', true, false, 'weight'),
  (1020, 3, false, 'google-health', 'google-wearables', 'session', true, false, 'sleep'),
  (1021, 12, false, 'google-health', 'all-sources', 'session', true, false, 'exercise'),
  (1030, 26, false, 'google-health', 'all-sources', 'day', true, false, 'total-calories'),
  (1031, 30, false, 'google-health', 'all-sources', 'day', true, false, 'active-minutes'),
  (1032, 31, false, 'google-health', 'all-sources', 'day', true, false, 'active-minutes'),
  (1033, 32, false, 'google-health', 'all-sources', 'day', true, false, 'active-minutes'),
  (1034, 33, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-resting-heart-rate'),
  (1035, 34, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-heart-rate-variability'),
  (1036, 35, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-heart-rate-variability'),
  (1037, 36, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-oxygen-saturation'),
  (1038, 37, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-oxygen-saturation'),
  (1039, 38, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-respiratory-rate'),
  (1040, 39, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-sleep-temperature-derivations'),
  (1041, 40, false, 'google-health', 'google-wearables', 'day', true, false, 'daily-sleep-temperature-derivations');

-- What a source no longer gives goes as a sample does (0019): noted at the first reading that lacks it, removed at a
-- later one. A day with such a row is not final.
alter table study.session add column label text;
comment on column study.session.label is 'What kind of exercise, or how the sleep was told, in the source''s own word; null where it says nothing.';
comment on column study.session.kind is 'sleep or exercise.';
alter table study.session add column absent_since timestamptz;
comment on column study.session.absent_since is 'Since when the source no longer gives it; null while it does.';
alter table study.daily_value add column absent_since timestamptz;
comment on column study.daily_value.absent_since is 'Since when the source no longer gives it; null while it does.';

create table study.daily_value_revision (
  participant_id int not null,
  series_id smallint not null,
  day date not null,
  old_value int not null,
  new_value int,
  revised_at timestamptz not null,
  workflow_run_id text not null,
  primary key (participant_id, series_id, day, revised_at)
);
comment on table study.daily_value_revision is 'What a day''s value was before it changed, where it had been final once. A null new value means the source withdrew it.';

create table study.session_revision (
  participant_id int not null,
  series_id smallint not null,
  provider_session_id text not null,
  day date not null,
  old_content jsonb not null,
  withdrawn boolean not null,
  revised_at timestamptz not null,
  workflow_run_id text not null,
  primary key (participant_id, series_id, provider_session_id, revised_at)
);
comment on table study.session_revision is 'What a session was, with its stages, before it changed or was withdrawn, where its day had been final once.';
grant select, insert, update, delete on study.daily_value_revision, study.session_revision to wearflow_app;

-- A day that was final once may be opened again, by a newer sync or by something withdrawn: what changes in it then is a
-- change of a result that had been read all the same.
alter table study.ledger_metric add column first_final_at timestamptz;
comment on column study.ledger_metric.first_final_at is 'When the day was final for the first time, whatever became of it since: from then on its changes leave revisions.';
update study.ledger_metric set first_final_at = final_at where final_at is not null;

comment on column study.ledger_metric.received_minutes is 'Minutes with a sample; of sessions how long they were; 0 for values of days.';
comment on column study.ledger_metric.content_hash is 'SHA-256 of what is stored of the day after the last read: its samples, its value or its sessions with their stages.';
