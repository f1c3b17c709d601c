-- Decision: steps nobody counted are never added to a count. What was probably walked stands beside it, in the receipt of
-- the gap; the day's count is then "at least".
alter table study.imputed_gap
  add column expected_steps int check (expected_steps >= 0),
  add column expected_steps_lower int,
  add column expected_steps_upper int,
  add column expected_steps_days smallint,
  add constraint imputed_gap_expected_steps check (
    (expected_steps is null) = (expected_steps_lower is null)
    and (expected_steps is null) = (expected_steps_upper is null)
    and (expected_steps is null) = (expected_steps_days is null)
    and expected_steps_lower <= expected_steps_upper);
comment on column study.imputed_gap.expected_steps is 'Steps probably walked in the gap: mean of other days at that time. Null where they are known, were not walked with the device, or cannot be expected. Never part of a count.';
comment on column study.imputed_gap.expected_steps_lower is 'With expected_steps_upper the interval that holds 95 % of those other days.';
comment on column study.imputed_gap.expected_steps_upper is 'See expected_steps_lower.';
comment on column study.imputed_gap.expected_steps_days is 'Number of other days it rests on.';

create view reporting.expected_steps as
select st.slug as study, p.short_id as participant, run.day, g.starts_at, g.ends_at, g.cause,
  g.expected_steps as expected, g.expected_steps_lower as lower, g.expected_steps_upper as upper,
  g.expected_steps_days as days
from study.imputed_gap g
join study.imputation_run run on run.id = g.run_id and run.superseded_at is null
join study.participant p on p.id = g.participant_id
join study.study st on st.id = p.study_id
where g.expected_steps is not null;
comment on view reporting.expected_steps is 'Gaps whose steps are lost, with the steps probably walked in them and the interval of other days. They are in no count: a day''s steps are "at least" where it has such a gap.';
grant select on reporting.expected_steps to wearflow_app, grafana_reader;
