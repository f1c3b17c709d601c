-- Decision: a grant that is about to end by itself is shown a fortnight before; so long one can also be written to about
-- it. Another message than that consent is needed, which would not be true yet; no rule sends it by itself, because where
-- a project is not verified every grant ends within a week.
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
    ('consent_ending', f.state = 'active' and exists (
      select from study.connection c
      where c.participant_id = p.id and c.status in ('active', 'scope_missing') and c.token_ciphertext is not null
        and least(c.grant_expires_at, c.access_expires_at + interval '6 months') < at + interval '14 days')),
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
      or (wanted not in ('consent_needed', 'consent_first', 'consent_ending') and f.ended_at > at - interval '7 days')))
  or wanted not in ('thanks', 'study_end', 'consent_needed', 'consent_first', 'consent_ending') and (
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
