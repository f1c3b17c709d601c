-- Decision: whether a participant may be written to is one function, asked when a message is shown and asked again, on
-- locked rows, at the moment it is claimed for sending: what a page promised two minutes ago does not matter. A claim
-- is committed before a byte leaves; who finds a message already claimed calls it unknown and never sends it again.
-- What a message may be about is one function too, study.message_grounds, to be pointed at reporting.participant_flag.
alter table study.message drop constraint message_status_check;
alter table study.message
  add check (status in (
    'draft', 'queued', 'sending', 'accepted', 'delivered', 'bounced', 'failed', 'unknown', 'cancelled')),
  add column language text not null default 'en',
  add column approval text not null default '',
  add column status_reason text not null default '',
  add column undo_until timestamptz,
  add column sent_at timestamptz,
  add column attempts int not null default 0,
  add column mailer text,
  add column followed_24h boolean,
  add column followed_48h boolean;
drop index study.message_once;
create unique index message_once on study.message (participant_id, template, local_day)
  where status not in ('draft', 'cancelled');
create index message_participant on study.message (participant_id, sent_at);
create index message_queued on study.message (undo_until) where status = 'queued';
comment on column study.message.status is 'draft until somebody sends it; unknown: it may have left, and is never sent again by itself.';
comment on column study.message.undo_until is 'Until when it can be taken back; it is looked at again after that.';
comment on column study.message.sent_at is 'When it was claimed for sending; cool-downs count from here.';
comment on column study.message.mailer is 'By which way it went; outbox: kept here and not sent.';
comment on column study.message.followed_24h is 'Whether what it asked for followed within 24 hours; null until then.';

create table study.message_event (
  provider text not null,
  event_id text not null,
  message_id uuid not null references study.message on delete cascade,
  kind text not null,
  at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (provider, event_id)
);
comment on table study.message_event is 'What a mail provider reported about a message, each report once, in any order.';

create table study.mail_pace (
  bucket text not null,
  minute timestamptz not null,
  sent int not null,
  primary key (bucket, minute)
);
comment on table study.mail_pace is 'How many messages left in a minute, in all and by the hash of the receiving domain.';

create function study.message_grounds(who int, limits jsonb, at timestamptz)
returns table (participant_id int, template text)
language sql stable
as $$
  select s.id, g.template
  from (
    select p.id, r.state, r.connection, r.connection_since, r.time_zone, r.enrolled_on, r.last_fetched_at,
      r.battery_percent, r.battery_seen_at, coalesce(r.last_sync_at, r.last_sample_at) as newest,
      r.state = 'active' and r.last_outcome in ('complete', 'partial')
        and r.last_fetched_at > at - interval '26 hours' as fresh
    from study.participant p
    join reporting.participant_status r on r.participant = p.short_id
    where (who is null or p.id = who) and p.state in ('invited', 'active', 'completed')
  ) s
  left join lateral (
    select count(*) filter (where d.wear_minutes < (limits ->> 'validDayMinutes')::int) as low
    from (
      select l.wear_minutes from study.ledger l
      where l.participant_id = s.id and exists (
        select from study.ledger_metric m join study.series x on x.id = m.series_id and x.for_wear
        where m.participant_id = l.participant_id and m.day = l.day and m.final_at is not null)
      order by l.day desc limit (limits ->> 'ofDays')::int
    ) d
  ) wear on s.fresh
  left join lateral (
    select count(distinct n.day) as of_month, count(distinct n.day) filter (where n.day > (at - interval '8 days')::date) as of_week
    from study.session n
    where n.participant_id = s.id and n.kind = 'sleep' and n.main and n.day > (at - interval '30 days')::date
  ) night on s.fresh
  cross join lateral (values
    ('data_at_risk', s.fresh and s.newest < at - interval '5 days'),
    -- An hour old at least: by then a fault of ours or of the provider's has been told from somebody's own decision.
    ('consent_needed', s.connection in ('revoked', 'reconsent_needed', 'scope_missing')
      and s.connection_since < at - interval '1 hour'),
    ('inactive', s.fresh and coalesce(s.newest, s.enrolled_on::timestamp at time zone s.time_zone)
      < s.last_fetched_at - make_interval(hours => (limits ->> 'inactiveHours')::int)),
    ('battery_low', s.fresh and s.battery_percent <= 15 and s.battery_seen_at > at - interval '48 hours'),
    ('low_wear', s.fresh and wear.low >= (limits ->> 'lowWearDays')::int),
    -- Nights must be read at all before few can be told from none.
    ('few_nights', s.fresh and night.of_month > 0 and night.of_week <= 3),
    ('thanks', true),
    ('study_end', s.state = 'completed')
  ) as g (template, holds)
  where g.holds
$$;
comment on function study.message_grounds is 'What is true of participants (of one, or of all for null) that a message may be about; the one place to point at reporting.participant_flag.';

create function study.message_ground(who int, wanted text, limits jsonb, at timestamptz) returns boolean
language sql stable
as $$
  select exists (select from study.message_grounds(who, limits, at) g where g.template = wanted)
$$;
comment on function study.message_ground is 'Whether what this template says is true of the participant now.';

create function study.message_our_fault(who int, wanted text, at timestamptz) returns boolean
language sql stable
as $$
  select wanted not in ('thanks', 'study_end') and exists (
    select from study.pipeline_fault f join study.participant p on p.study_id = f.study_id
    where p.id = who and (f.ended_at is null or (wanted <> 'consent_needed' and f.ended_at > at - interval '7 days')))
  or wanted not in ('thanks', 'study_end', 'consent_needed') and (
    exists (
      select from study.connection c where c.participant_id = who and c.status <> 'active')
    or exists (
      select from study.connection_event e join study.connection c on c.id = e.connection_id
      where c.participant_id = who and e.at > at - interval '7 days'))
$$;
comment on function study.message_our_fault is 'Whether the window a message would rest on holds days that we or the provider could not read.';

create function study.message_refusals(who int, wanted text, limits jsonb, at timestamptz, self uuid) returns text[]
language sql stable
as $$
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
$$;
comment on function study.message_refusals is 'Every reason why this participant may not be written to from this template now; none: they may be.';

create function study.quiet_until(who int, at timestamptz, quiet_from time, quiet_to time) returns timestamptz
language sql stable
as $$
  with here as (
    select z.time_zone, at at time zone z.time_zone as local
    from study.participant_zone z where z.participant_id = who and z.from_at <= at
    order by z.from_at desc limit 1
  ), clock as (
    select *, local::time as t from here
  )
  select case
    when (quiet_from > quiet_to and (t >= quiet_from or t < quiet_to)) or (t >= quiet_from and t < quiet_to)
    then (local::date + quiet_to + case when t >= quiet_to then interval '1 day' else interval '0' end) at time zone time_zone
  end from clock
$$;
comment on function study.quiet_until is 'The end of the quiet hours this instant lies in, in the participant''s zone; null outside them.';

create function study.claim_message(wanted uuid, limits jsonb, at timestamptz) returns text[]
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
  update study.message set status = 'sending', status_at = at, status_reason = '', sent_at = at,
    attempts = attempts + 1
  where id = wanted;
  return '{}';
end
$$;
comment on function study.claim_message is 'Claims a queued message for sending after asking everything again on locked rows; an empty answer is the claim.';
