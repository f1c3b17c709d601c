-- Decision: a participant's state is a history, like the time zone: a day's state needs the state of its time, so
-- that a paused stretch can be told from one that was not worn. Each change says who made it and why.
create table study.participant_state_change (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant on delete cascade,
  at timestamptz not null,
  from_state text check (from_state in ('invited', 'active', 'paused', 'withdrawn', 'completed')),
  to_state text not null check (to_state in ('invited', 'active', 'paused', 'withdrawn', 'completed')),
  actor text not null check (length(actor) between 1 and 200),
  reason text not null check (length(reason) between 1 and 500),
  check (from_state is distinct from to_state)
);
create index participant_state_change_participant on study.participant_state_change (participant_id, at, id);
comment on table study.participant_state_change is 'Every change of a participant''s state: when, from what to what, who and why. The first has no state before.';

-- What was known before there was a history. Somebody not active now was so before, until a moment nobody wrote down:
-- the change is dated now, or to the end of their last day.
insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
select p.id, p.made_at, null, case p.state when 'invited' then 'invited' else 'active' end,
  'migration 0012', 'state when the history began'
from study.participant p
order by p.id;
insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
select p.id, greatest(p.made_at, coalesce((p.ended_on + 1)::timestamp at time zone 'UTC', now())), 'active', p.state,
  'migration 0012', 'state when the history began; since when is not known'
from study.participant p
where p.state not in ('invited', 'active')
order by p.id;

create view study.participant_state_span as
select
  c.participant_id,
  c.to_state as state,
  case when c.from_state is null then '-infinity' else c.at end as from_at,
  lead(c.at, 1, 'infinity') over (partition by c.participant_id order by c.at, c.id) as until_at
from study.participant_state_change c;
comment on view study.participant_state_span is 'In which state a participant was from when until when (half-open); the first span begins at -infinity, the last ends at infinity.';

-- For statements that change something and write the audit in one: select audit.note(…) from what was changed.
create function audit.note(actor text, action text, entity text, reason text, detail jsonb) returns bigint
language sql
as $$
  insert into audit.entry (seq, at, actor, action, entity, reason, detail, hash)
  values (0, now(), actor, action, entity, reason, detail, '')
  returning seq
$$;
comment on function audit.note is 'Appends to the audit and returns the number of the entry.';
