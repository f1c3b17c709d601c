-- Decision: who may be written to is asked for one person at a time, at every sending and on every page that says
-- whether somebody may be. A function in SQL that is called from another is planned anew at each call, and what it reads
-- (reporting.participant_flag) takes ten times as long to plan as to read: 12 ms a question. In PL/pgSQL a session keeps
-- its plans: 0.8 ms. What they say is what they said in 0024 and 0030.
create or replace function study.message_grounds(who int, limits jsonb, at timestamptz)
returns table (participant_id int, template text)
language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
  select p.id, g.template
  from reporting.participant_flag f
  join study.participant p on p.short_id = f.participant
  left join lateral (
    select count(distinct n.day) as of_month, count(distinct n.day) filter (where n.day > (at - interval '8 days')::date) as of_week
    from study.session n
    where n.participant_id = p.id and n.kind = 'sleep' and n.main and n.day > (at - interval '30 days')::date
  ) night on f.fresh
  cross join lateral (values
    ('data_at_risk', f.data_at_risk),
    ('consent_needed', f.consent_needed and f.connection in ('revoked', 'reconsent_needed', 'scope_missing')
      and f.connection_since < at - interval '1 hour'),
    ('inactive', f.fresh and f.inactive),
    ('battery_low', f.fresh and f.battery_percent <= 15 and f.battery_seen_at > at - interval '48 hours'),
    ('low_wear', f.fresh and f.low_wear),
    ('few_nights', f.fresh and night.of_month > 0 and night.of_week <= 3),
    ('thanks', true),
    ('study_end', f.state = 'completed')
  ) as g (template, holds)
  where g.holds and p.state in ('invited', 'active', 'completed')
    and f.participant = any (array(select x.short_id from study.participant x where who is null or x.id = who));
end
$$;
create or replace function study.message_ground(who int, wanted text, limits jsonb, at timestamptz) returns boolean
language plpgsql stable
as $$
begin
  return exists (select from study.message_grounds(who, limits, at) g where g.template = wanted);
end
$$;
create or replace function study.message_our_fault(who int, wanted text, at timestamptz) returns boolean
language plpgsql stable
as $$
begin
  return wanted not in ('thanks', 'study_end') and exists (
    select from study.pipeline_fault f join study.participant p on p.study_id = f.study_id
    where p.id = who and (f.ended_at is null or (wanted <> 'consent_needed' and f.ended_at > at - interval '7 days')))
  or wanted not in ('thanks', 'study_end', 'consent_needed') and (
    exists (
      select from study.connection c where c.participant_id = who
        and not study.heart_rate_granted(c.status, c.missing_permissions))
    or exists (
      select from reporting.participant_flag f
      where f.participant = (select x.short_id from study.participant x where x.id = who) and f.fault_in_window));
end
$$;

create or replace function study.message_refusals(who int, wanted text, limits jsonb, at timestamptz, self uuid) returns text[]
language plpgsql stable
as $$
begin
  return (
    with went as (
      select m.sent_at from study.message m
      where m.participant_id = who and m.id is distinct from self
        and m.status in ('sending', 'accepted', 'delivered', 'bounced', 'unknown') and m.sent_at > at - interval '10 days'
    )
    select array_remove(array[
      case when p.state = 'withdrawn' then 'withdrawn'
        when p.state not in ('active', case when wanted in ('thanks', 'study_end') then 'completed' end,
          case when wanted = 'consent_needed' then 'invited' end) is not false then 'state' end,
      case when c.sealed is null then 'no_address' end,
      case when not coalesce(c.email_consent, false) then 'no_email_consent' end,
      case when c.do_not_contact then 'do_not_contact' end,
      case when study.message_our_fault(who, wanted, at) then 'our_fault' end,
      case when not study.message_ground(who, wanted, limits, at) then 'not_true' end,
      case when exists (
        select from study.message m
        where m.participant_id = who and m.template = wanted and m.local_day = study.local_day(who, at)
          and m.id is distinct from self and m.status not in ('draft', 'cancelled')) then 'same_today' end,
      case when exists (select from went where sent_at > at - interval '24 hours') then 'cool_down_24h' end,
      case when (select count(*) from went where sent_at > at - interval '4 days') >= 2 then 'cool_down_4d' end,
      case when (select count(*) from went) >= 4 then 'cool_down_10d' end
    ], null)
    from study.participant p left join pii.contact c on c.participant_id = p.id
    where p.id = who
  );
end
$$;
