-- Decision: a run fills one local day's gaps of one series and is known by a hash of everything it read. The newest run of
-- a day is current; an older one is superseded and kept. A value is retired, never deleted, and says by what: what the
-- measurement replaced is scored against it, which is the only error of real gaps anybody will ever know.
alter table study.imputation_run
  drop constraint imputation_run_participant_id_series_id_input_sha256_key,
  add column day date not null default '1970-01-01',
  add column superseded_at timestamptz;
alter table study.imputation_run alter column day drop default;
create index imputation_run_day on study.imputation_run (participant_id, series_id, day) where superseded_at is null;
comment on column study.imputation_run.day is 'The participant-local day whose gaps it filled: the day they begin in.';
comment on column study.imputation_run.superseded_at is 'When a newer run of the same day took its place, or imputation was turned off; null while it is current.';
comment on column study.imputation_run.input_sha256 is 'SHA-256 of everything the run read: minutes, gaps, rules, back-tests, code version. The same hash again is no new run.';

alter table study.imputed_sample add column retired_by text
  check (retired_by in ('measured', 'newer_run', 'turned_off'));
alter table study.imputed_sample add constraint imputed_sample_retired check ((retired_at is null) = (retired_by is null));
create index imputed_sample_active on study.imputed_sample (participant_id, series_id, time) where retired_at is null;
create index imputed_sample_run on study.imputed_sample (run_id);
comment on column study.imputed_sample.retired_by is 'measured: the truth arrived, and scores it. newer_run: another run replaced it. turned_off: the study wants none.';

create table study.imputed_gap (
  run_id bigint not null references study.imputation_run on delete cascade,
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  cause text not null,
  method text check (method in ('linear', 'smoother', 'arima_two_sided', 'arima_forward')),
  with_steps boolean,
  provisional boolean,
  passed_over jsonb not null default '[]',
  refusal text,
  pending boolean,
  seed text not null,
  primary key (run_id, starts_at),
  check ((method is null) = (with_steps is null) and (method is null) = (provisional is null)),
  check ((method is null) = (refusal is not null) and (refusal is null) = (pending is null))
);
comment on table study.imputed_gap is 'The receipt of each gap a run looked at: how it was filled, or why it was not.';
comment on column study.imputed_gap.with_steps is 'Whether steps inside were used: only where wear was proven.';
comment on column study.imputed_gap.provisional is 'Nothing was measured to its right yet: another run will do better.';
comment on column study.imputed_gap.passed_over is 'Methods above it on the ladder that were not taken, each with the reason.';
comment on column study.imputed_gap.pending is 'Of a refusal: whether the truth may still come.';
comment on column study.imputed_gap.seed is 'Draws of this gap come from this text; the same text, the same draws.';

create table study.back_test (
  participant_id int not null references study.participant,
  series_id smallint not null references study.series,
  day date not null,
  length_minutes smallint not null,
  method text not null,
  minutes int not null check (minutes > 0),
  absolute_error double precision not null,
  linear_error double precision not null,
  covered int not null,
  squared_score double precision not null,
  made_at timestamptz not null,
  primary key (participant_id, series_id, day, length_minutes, method)
);
comment on table study.back_test is 'What masking a worn stretch of this length came to, by method: sums over its minutes, in bpm. Decides which method serves and how long a gap may be.';
comment on column study.back_test.day is 'The local day whose run made it; it speaks for later days only.';
comment on column study.back_test.linear_error is 'The straight line''s absolute error on the same minutes.';
comment on column study.back_test.squared_score is 'Mean of (error / deviation)² on the log scale: 1 where intervals are as wide as they should be.';

grant select, insert, update, delete on study.imputed_gap, study.back_test to wearflow_app;

-- The three sets a researcher chooses between. Raw holds what was measured and nothing else: adherence, wear time and
-- messages read only that.
create view reporting.sample_raw as
select p.short_id as participant, st.slug as study, m.name as metric, s.time, s.value::double precision / m.scale as value
from study.sample s
join study.series r on r.id = s.series_id and r.for_analysis
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = s.participant_id
join study.study st on st.id = p.study_id;
comment on view reporting.sample_raw is 'Measured values of each metric''s analysis series, in the metric''s unit. No imputed value.';

create view reporting.sample_imputed as
select p.short_id as participant, st.slug as study, m.name as metric, i.time,
  i.value::double precision / m.scale as value,
  i.lower::double precision / m.scale as lower,
  i.upper::double precision / m.scale as upper,
  g.method, g.provisional, g.cause, i.run_id
from study.imputed_sample i
join study.series r on r.id = i.series_id and r.for_analysis
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = i.participant_id
join study.study st on st.id = p.study_id
left join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
where i.retired_at is null
  and not exists (
    select from study.sample s
    where s.participant_id = i.participant_id and s.series_id = i.series_id
      and s.time >= i.time and s.time < i.time + interval '1 minute');
comment on view reporting.sample_imputed is 'Imputed values in force, with the interval that should hold 95 % of single minutes, and how each was made. None where something was measured.';

create view reporting.sample_analysis as
select participant, study, metric, time, value, false as imputed,
  null::double precision as lower, null::double precision as upper, null::text as method
from reporting.sample_raw
union all
select participant, study, metric, time, value, true, lower, upper, method
from reporting.sample_imputed;
comment on view reporting.sample_analysis is 'The measured value, else the imputed one, with a flag. Not for primary endpoints: docs/imputation.md.';

create view reporting.imputation_score as
select st.slug as study, p.short_id as participant, m.name as metric, g.method, g.provisional,
  extract(epoch from g.ends_at - g.starts_at)::int / 60 as gap_minutes,
  i.time,
  i.value::double precision / m.scale as imputed,
  truth.value / m.scale as measured,
  i.lower <= truth.value and truth.value <= i.upper as covered,
  i.retired_at
from study.imputed_sample i
join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
join study.series r on r.id = i.series_id
join study.metric m on m.id = r.metric_id
join study.participant p on p.id = i.participant_id
join study.study st on st.id = p.study_id
join lateral (
  select avg(s.value)::double precision as value from study.sample s
  where s.participant_id = i.participant_id and s.series_id = i.series_id
    and s.time >= i.time and s.time < i.time + interval '1 minute'
  having count(*) > 0
) truth on true
where i.retired_by = 'measured';
comment on view reporting.imputation_score is 'Every imputed minute whose truth arrived later, beside that truth.';

create view reporting.imputation_error as
select study, participant, metric, method, provisional,
  case when gap_minutes <= 5 then '1-5' when gap_minutes <= 15 then '6-15' when gap_minutes <= 30 then '16-30'
    when gap_minutes <= 60 then '31-60' when gap_minutes <= 120 then '61-120' else '121-360' end as gap_length,
  count(*)::int as minutes,
  avg(abs(imputed - measured)) as mean_absolute_error,
  avg(imputed - measured) as bias,
  avg(covered::int) as coverage
from reporting.imputation_score
group by 1, 2, 3, 4, 5, 6;
comment on view reporting.imputation_error is 'Error and coverage of imputed minutes against the late truth, by participant, method and length of gap (minutes).';

grant select on reporting.sample_raw, reporting.sample_imputed, reporting.sample_analysis,
  reporting.imputation_score, reporting.imputation_error to wearflow_app, grafana_reader;
