-- Decision: a rule only ever proposes unless somebody has switched it to sending; who would be written to is one
-- query, the same for the dry run that people look at and for the run that sends. A hold keeps everything of a study
-- where it is: what is queued waits and is neither sent nor thrown away. Who did not answer two messages in a row is
-- called by a person and no longer written to by a rule.
create table study.message_rule (
  study_id int not null references study.study on delete cascade,
  template text not null,
  mode text not null check (mode in ('off', 'propose', 'send')),
  primary key (study_id, template)
);
comment on table study.message_rule is 'What a study does when something is true of a participant: nothing, propose a message (also where there is no row), or send it.';

create table study.message_hold (
  study_id int primary key references study.study on delete cascade,
  held_at timestamptz not null,
  held_by text not null,
  reason text not null
);
comment on table study.message_hold is 'Studies whose messages are all held: nothing leaves until the hold ends.';

create table study.phone_call (
  id bigint generated always as identity primary key,
  participant_id int not null references study.participant on delete cascade,
  at timestamptz not null,
  made_by text not null,
  note text not null
);
create index phone_call_participant on study.phone_call (participant_id, at);
comment on table study.phone_call is 'Calls that were due because messages had no effect, by whom and how they went; no names and no addresses.';

grant select, insert, update, delete on study.message_rule, study.message_hold, study.phone_call to wearflow_app;

create function study.messages_without_effect(who int) returns int
language sql stable
as $$
  select count(*)::int from study.message m
  where m.participant_id = who and m.followed_48h = false and m.sent_at > greatest(
    (select max(n.sent_at) from study.message n where n.participant_id = who and (n.followed_24h or n.followed_48h)),
    (select max(c.at) from study.phone_call c where c.participant_id = who),
    '-infinity')
$$;
comment on function study.messages_without_effect is 'How many messages in a row, since the last that had an effect and the last call, were followed by nothing within 48 hours.';

create function study.message_candidates(wanted_study int, limits jsonb, at timestamptz, most int)
returns table (participant_id int, template text, mode text, refusals text[], quiet_until timestamptz, without_effect int)
language sql stable
as $$
  with first as (
    select distinct on (g.participant_id) g.participant_id, g.template, coalesce(r.mode, 'propose') as mode, o.place
    from study.message_grounds(null, limits, at) g
    join study.participant p on p.id = g.participant_id and p.study_id = wanted_study
    join unnest(array['data_at_risk', 'consent_needed', 'inactive', 'battery_low', 'low_wear', 'few_nights', 'study_end'])
      with ordinality as o (template, place) on o.template = g.template
    left join study.message_rule r on r.study_id = wanted_study and r.template = g.template
    where coalesce(r.mode, 'propose') <> 'off'
      -- The end of a study is told once.
      and (g.template <> 'study_end' or not exists (
        select from study.message m
        where m.participant_id = g.participant_id and m.template = 'study_end' and m.sent_at is not null))
    order by g.participant_id, o.place
  ), chosen as (
    select * from first order by place, participant_id limit most
  )
  select c.participant_id, c.template, c.mode,
    study.message_refusals(c.participant_id, c.template, limits, at, null),
    study.quiet_until(c.participant_id, at, (limits -> 'quietHours' ->> 'from')::time, (limits -> 'quietHours' ->> 'to')::time),
    study.messages_without_effect(c.participant_id)
  from chosen c
  order by c.place, c.participant_id
$$;
comment on function study.message_candidates is 'Whom the rules would write to and about what, most urgent first, with every reason why not.';

create or replace function study.claim_message(wanted uuid, limits jsonb, at timestamptz) returns text[]
language plpgsql
as $$
declare
  m record;
  reasons text[];
begin
  select * into m from study.message where id = wanted;
  if not found then return array['gone']; end if;
  -- One message of a participant at a time, and no withdrawal or refusal in between.
  perform from study.participant where id = m.participant_id for update;
  perform from pii.contact where participant_id = m.participant_id for update;
  select * into m from study.message where id = wanted for update;
  if m.status = 'sending' then
    update study.message set status = 'unknown', status_at = at, status_reason = 'interrupted' where id = wanted;
    return array['interrupted'];
  end if;
  if m.status <> 'queued' then return array['not_queued']; end if;
  if m.undo_until > at then return array['undo_open']; end if;
  reasons := study.message_refusals(m.participant_id, m.template, limits, at, wanted);
  if cardinality(reasons) > 0 then
    update study.message set status = 'cancelled', status_at = at, status_reason = array_to_string(reasons, ',')
    where id = wanted;
    return reasons;
  end if;
  perform from study.message_hold h join study.participant p on p.study_id = h.study_id where p.id = m.participant_id;
  if found then return array['held']; end if;
  update study.message set status = 'sending', status_at = at, status_reason = '', sent_at = at,
    attempts = attempts + 1
  where id = wanted;
  return '{}';
end
$$;
