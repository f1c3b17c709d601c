-- Decision: a file export is a source like any other: its own series, its provenance in study.fetch (the file's name
-- and lines instead of an address), what did not fit in study.quarantine. A line that does not even say whose it is
-- belongs to nobody, so a quarantined piece may be without a participant.
alter table study.fetch drop constraint fetch_method_check;
alter table study.fetch add constraint fetch_method_check check (method in ('GET', 'POST', 'FILE'));
comment on column study.fetch.url is 'Address asked for; of a file its name without directories and the lines read.';
comment on column study.fetch.status is 'HTTP status; 0 for a file.';

alter table study.quarantine alter column participant_id drop not null;
comment on column study.quarantine.participant_id is 'Null for a line of a file that does not say whose it is.';
alter table study.quarantine add column study_id int references study.study on delete cascade;
comment on column study.quarantine.study_id is 'The study a file was handed in for, where participant_id is null.';

-- Which pieces of a file were read before: content decides, not the file's name.
create index fetch_file on study.fetch (sha256) where method = 'FILE';

insert into study.metric (id, name, unit, kind, dense, scale, plausible_min, plausible_max, imputation)
values
  (2, 'steps', 'count', 'interval', false, 1, 0, 1000, 'steps'),
  (3, 'sleep', 'stage', 'session', false, 1, 1, 3, 'none'),
  (4, 'weight', 'kg', 'sample', false, 1000, 2, 500, 'none'),
  (20, 'daily_steps', 'count', 'daily', false, 1, 0, 200000, 'daily'),
  (21, 'daily_distance', 'm', 'daily', false, 1, 0, 300000, 'daily'),
  (22, 'daily_very_active_minutes', 'min', 'daily', false, 1, 0, 1500, 'daily'),
  (23, 'daily_fairly_active_minutes', 'min', 'daily', false, 1, 0, 1500, 'daily'),
  (24, 'daily_lightly_active_minutes', 'min', 'daily', false, 1, 0, 1500, 'daily'),
  (25, 'daily_sedentary_minutes', 'min', 'daily', false, 1, 0, 1500, 'daily'),
  (26, 'daily_energy', 'kcal', 'daily', false, 1, 0, 30000, 'daily'),
  (27, 'daily_sleep_records', 'count', 'daily', false, 1, 0, 50, 'none'),
  (28, 'daily_sleep_minutes', 'min', 'daily', false, 1, 0, 3000, 'none'),
  (29, 'daily_bed_minutes', 'min', 'daily', false, 1, 0, 3000, 'none');

-- Steps of a minute do not count as wear yet: reporting.participant_day takes the one wear series for heart rate.
insert into study.series (id, metric_id, dense, source, family, resolution, for_analysis, for_wear)
values
  (101, 1, true, 'fitabase', 'fitabase', 'sample', true, true),
  (1101, 2, false, 'fitabase', 'fitabase', 'minute', true, false),
  (1102, 3, false, 'fitabase', 'fitabase', 'session', true, false),
  (1103, 4, false, 'fitabase', 'fitabase', 'sample', true, false),
  (1120, 20, false, 'fitabase', 'fitabase', 'day', true, false),
  (1121, 21, false, 'fitabase', 'fitabase', 'day', true, false),
  (1122, 22, false, 'fitabase', 'fitabase', 'day', true, false),
  (1123, 23, false, 'fitabase', 'fitabase', 'day', true, false),
  (1124, 24, false, 'fitabase', 'fitabase', 'day', true, false),
  (1125, 25, false, 'fitabase', 'fitabase', 'day', true, false),
  (1126, 26, false, 'fitabase', 'fitabase', 'day', true, false),
  (1127, 27, false, 'fitabase', 'fitabase', 'day', true, false),
  (1128, 28, false, 'fitabase', 'fitabase', 'day', true, false),
  (1129, 29, false, 'fitabase', 'fitabase', 'day', true, false);
