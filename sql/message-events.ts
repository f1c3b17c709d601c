import type { Queryable } from "./pool.ts";

/** What a provider reported of one of our messages. */
export type MessageEvent = Readonly<{
  provider: string;
  eventId: string;
  messageId: string;
  kind: "accepted" | "delivered" | "bounced" | "unsubscribed" | "other";
  at: Date;
  /** Why this person must not be written to any more; null where the report says nothing of the kind. */
  doNotContact: string | null;
}>;

/**
 * Takes reports in, each once and in whatever order they come: a message's state only ever goes up from unknown by
 * accepted and delivered to bounced. A bounce, a complaint or an unsubscription makes the participant one who is not
 * written to; a bounce only while the contact card is as it was when the message left: it says nothing of an address that
 * was corrected since. Reports of messages that are not ours are left aside. Returns how many were new.
 */
export async function takeEvents(db: Queryable, events: readonly MessageEvent[]): Promise<number> {
  let fresh = 0;
  for (const event of events) {
    const { rowCount } = await db.query(TAKE, [
      event.provider,
      event.eventId,
      event.messageId,
      event.kind,
      event.at,
      event.doNotContact,
    ]);
    fresh += rowCount ?? 0;
  }
  return fresh;
}

const TAKE = `
with fresh as (
  insert into study.message_event (provider, event_id, message_id, kind, at)
  select $1::text, $2::text, m.id, $4::text, $5::timestamptz from study.message m where m.id = $3::uuid
  on conflict do nothing
  returning message_id
), moved as (
  update study.message m set status = $4::text, status_at = $5::timestamptz, status_reason = 'reported'
  from fresh f
  where m.id = f.message_id and $4::text in ('accepted', 'delivered', 'bounced')
    and array_position(array['sending', 'unknown', 'failed', 'accepted', 'delivered', 'bounced'], m.status)
      < array_position(array['sending', 'unknown', 'failed', 'accepted', 'delivered', 'bounced'], $4::text)
), refused as (
  update pii.contact c set do_not_contact = true, do_not_contact_reason = $6::text, changed_at = now()
  from fresh f join study.message m on m.id = f.message_id
  where c.participant_id = m.participant_id and $6::text is not null and not c.do_not_contact
    and ($4::text <> 'bounced' or c.changed_at <= coalesce(m.sent_at, m.made_at))
  returning c.participant_id
), noted as (
  select audit.note('mail provider', 'contact.refuse', p.short_id, 'reported by the mail provider',
    jsonb_build_object('do_not_contact', $6::text, 'message', $3::uuid)) as seq
  from refused r join study.participant p on p.id = r.participant_id
)
select message_id, nextval('study.change_counter'), (select count(seq) from noted) from fresh`;
