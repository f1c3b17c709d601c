-- Decision: a permission that a participant withheld holds back only what is said on its ground: who withheld sleep is
-- still told that the device has not synced, and is not told that few nights were recorded. What a message rests on is
-- one function. Who never consented is somebody else than whose consent has lapsed: the first invitation is a template
-- of its own, which no rule sends by itself. Few nights are told only where the nights of the week were read.
create function study.message_rests_on(wanted text) returns text[]
language sql immutable
as $$
  select case wanted
    -- By the device's last sync, or the newest heart rate where no device is known.
    when 'inactive' then array['heart', 'device']
    when 'data_at_risk' then array['heart', 'device']
    when 'battery_low' then array['device']
    -- A day counts as little worn once the device has handed over all of it.
    when 'low_wear' then array['heart', 'activity', 'device']
    when 'few_nights' then array['sleep', 'device']
    else '{}'::text[]
  end
$$;
comment on function study.message_rests_on is 'The permissions (heart, activity, sleep, device) without which what this template says cannot be known.';

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
  left join lateral (
    select count(distinct m.day) as of_week
    from study.ledger_metric m
    where m.participant_id = p.id and m.day > (at - interval '8 days')::date and m.read_at is not null
      and m.series_id in (select x.id from study.series x where x.data_type = 'sleep')
  ) read on f.fresh
  cross join lateral (values
    ('data_at_risk', f.data_at_risk),
    ('consent_needed', f.consent_needed and f.connection in ('revoked', 'reconsent_needed', 'scope_missing')
      and f.connection_since < at - interval '1 hour'),
    ('consent_first', f.connection is null and f.state in ('invited', 'active')),
    ('inactive', f.fresh and f.inactive),
    ('battery_low', f.fresh and f.battery_percent <= 15 and f.battery_seen_at > at - interval '48 hours'),
    ('low_wear', f.fresh and f.low_wear),
    ('few_nights', f.fresh and night.of_month > 0 and night.of_week <= 3 and read.of_week >= 6),
    ('thanks', true),
    ('study_end', f.state = 'completed')
  ) as g (template, holds)
  where g.holds and p.state in ('invited', 'active', 'completed')
    and f.participant = any (array(select x.short_id from study.participant x where who is null or x.id = who));
end
$$;

create or replace function study.message_our_fault(who int, wanted text, at timestamptz) returns boolean
language plpgsql stable
as $$
begin
  return wanted not in ('thanks', 'study_end') and exists (
    select from study.pipeline_fault f join study.participant p on p.study_id = f.study_id
    where p.id = who and (f.ended_at is null
      or (wanted not in ('consent_needed', 'consent_first') and f.ended_at > at - interval '7 days')))
  or wanted not in ('thanks', 'study_end', 'consent_needed', 'consent_first') and (
    exists (
      select from study.connection c where c.participant_id = who
        -- What a refusal did not name may be anything.
        and not (c.status = 'active' or (c.status = 'scope_missing' and c.missing_permissions <> '{}'
          and not c.missing_permissions && study.message_rests_on(wanted))))
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
          case when wanted in ('consent_needed', 'consent_first') then 'invited' end) is not false then 'state' end,
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
