import type { CampaignCause } from "./campaign-turns.ts";
import type { CampaignKey } from "./consent-campaigns.ts";
import type { MessageStatus } from "./messages.ts";
import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";

/** How far somebody has come whom a campaign asks; everything since they were picked. */
export type CampaignPerson = Readonly<{
  participant: string;
  state: ParticipantState;
  cause: CampaignCause;
  /** Codes of why they were not written to when last looked at; empty where they were. */
  refusals: string;
  /** Consent messages that left, or may have: the invitation, and with two the reminder. */
  went: number;
  invitedAt: Date | null;
  /** The latest message the campaign set out to write. */
  message: string | null;
  messageStatus: MessageStatus | null;
  messageReason: string | null;
  /** It lies in the outbox: no mail server is set. */
  stayedHere: boolean;
  opened: boolean;
  /** The last thing they decided. */
  decided: "denied" | "granted" | "granted_partly" | "not_linked" | null;
  /** The grant is whole now. */
  whole: boolean;
  oldGrantGone: boolean;
}>;

/** Everybody a campaign asks. */
export async function readCampaignPeople(
  db: Queryable,
  { study, campaign }: CampaignKey,
  source: string,
): Promise<readonly CampaignPerson[]> {
  const { rows } = await db.query<CampaignPerson>(
    `select p.short_id as participant, p.state, q.cause, q.refusals, coalesce(went.n, 0) as went,
       went.first_at as "invitedAt", m.id as message, m.status as "messageStatus", m.status_reason as "messageReason",
       coalesce(m.mailer = 'outbox', false) as "stayedHere", coalesce(link.opened, false) as opened,
       decided.what as decided, coalesce(c.status = 'active', false) as whole,
       coalesce(decided.old_grant_gone, false) as "oldGrantGone"
     from study.consent_campaign_person q
     join study.consent_campaign g on g.study_id = q.study_id and g.number = q.number
     join study.study s on s.id = q.study_id and s.slug = $1::text
     join study.participant p on p.id = q.participant_id
     left join study.connection c on c.participant_id = p.id and c.source = $3::text
     left join study.message m on m.id = q.message_id and m.status <> 'draft'
     left join lateral (
       select count(*)::int as n, min(w.sent_at) as first_at from study.message w
       where w.participant_id = p.id and w.template in ('consent_first', 'consent_needed')
         and w.status in ('sending', 'accepted', 'delivered', 'bounced', 'unknown', 'failed')
         and w.sent_at > g.started_at - interval '7 days' and w.sent_at <= coalesce(g.ended_at, w.sent_at)
     ) went on true
     left join lateral (
       select bool_or(l.opened_at is not null) as opened from study.consent_link l
       where l.participant_id = p.id and l.opened_at >= q.picked_at
     ) link on true
     left join lateral (
       select (array_agg(e.what order by e.at desc, e.id desc) filter (where e.what <> 'old_grant_replaced'))[1] as what,
         bool_or(e.what = 'old_grant_replaced') as old_grant_gone
       from study.consent_event e
       where e.participant_id = p.id and e.at >= q.picked_at
         and e.what in ('denied', 'granted', 'granted_partly', 'not_linked', 'old_grant_replaced')
     ) decided on true
     where q.number = $2::int order by p.short_id`,
    [study, campaign, source],
  );
  return rows;
}
