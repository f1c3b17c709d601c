-- Decision: a message is rendered once and may wait for hours. Whether it may go was asked again; whether its bytes are
-- still so was not. A draft keeps what its words rest on: the state of the contact card, the invitation it brings and
-- the last sync it tells. What has changed since is written anew by whoever or whatever wrote it, never mended. The
-- invitation is no foreign key: one that is gone is as dead as one that was ended.
alter table study.message
  add column card_version text,
  add column link_id uuid,
  add column tells_sync boolean not null default false,
  add column told_sync_at timestamptz;
comment on column study.message.card_version is 'When the contact card it was written by had last been changed, in seconds since 1970; null for messages from before this was kept.';
comment on column study.message.link_id is 'The invitation (study.consent_link) its text brings; null where it brings none.';
comment on column study.message.tells_sync is 'Whether its text tells when the participant''s device was last heard of.';
comment on column study.message.told_sync_at is 'When that was as it was written; null where they had never been heard of.';

create function study.message_out_of_date(wanted uuid, at timestamptz) returns boolean
language sql stable
as $$
  select coalesce((
    select m.status = 'draft' and m.made_at < at - interval '24 hours'
      or m.card_version is not null and m.card_version is distinct from (
        select extract(epoch from c.changed_at)::text from pii.contact c where c.participant_id = m.participant_id)
      or m.link_id is not null and not exists (
        select from study.consent_link l
        where l.id = m.link_id and l.used_at is null and l.ended_at is null and l.expires_at > at)
      -- Told is the day: an hour later on the same day changes no word.
      or m.tells_sync and study.local_day(m.participant_id, m.told_sync_at) is distinct from (
        select study.local_day(m.participant_id, f.newest_at) from reporting.participant_flag f
        where f.participant = (select p.short_id from study.participant p where p.id = m.participant_id))
    from study.message m where m.id = wanted
  ), false)
$$;
comment on function study.message_out_of_date is 'Whether what a message says has changed since it was written (name, address or language, its link, the last sync it tells), or it is a draft of more than a day.';

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
  -- Who may not be written to at all needs no other words.
  if cardinality(reasons) = 0 and study.message_out_of_date(wanted, at) then reasons := array['out_of_date']; end if;
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
