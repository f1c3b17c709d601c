-- Decision: a page asks for one person's days, so both halves of study.known_day must be reached by that person's key. A
-- union whose halves have conditions of their own takes none from outside: all days of everybody were joined before one
-- person was picked, 0.5 to 1.5 s at 1,000 people and a year. Asked for person by person, each half is a range of its key.
create or replace view study.known_day as
select p.id as participant_id, d.day, d.starts_at, d.ends_at, d.expected_minutes, d.wear_minutes, d.received_minutes,
  d.state, d.valid_so_far, d.proof, d.settings_version, d.judged_at
from study.participant p
cross join lateral (
  select j.day, j.starts_at, j.ends_at, j.expected_minutes, j.wear_minutes, j.received_minutes, j.state, j.valid_so_far,
    j.proof, j.settings_version, j.judged_at
  from study.judged_day j
  where j.participant_id = p.id
  union all
  select l.day, l.starts_at, l.ends_at, l.expected_minutes, l.wear_minutes, null, 'pending', null, '{}', null, null
  from study.ledger l
  where l.participant_id = p.id
    and not exists (select from study.judged_day j where j.participant_id = l.participant_id and j.day = l.day)
) d;
