import type { ConnectionStatus } from "./connections.ts";
import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";

/** How far somebody has come who is asked for consent, or should be. */
export type FunnelRow = Readonly<{
  participant: string;
  study: string;
  site: string | null;
  state: ParticipantState;
  status: ConnectionStatus | null;
  /** The grant ends by itself within a fortnight. */
  ending: boolean;
  invitedAt: Date | null;
  openedAt: Date | null;
  /** The last thing they decided since they were invited. */
  decided: "denied" | "granted" | "granted_partly" | "not_linked" | null;
  oldGrantGone: boolean;
}>;

/** Invitations of so many days count; what was asked before that is over. */
const DAYS = 90;

/**
 * Who of those taking part is to be asked for consent (never given, lapsed, a part left out, about to end by itself) or
 * was asked lately, and how far each has come. Who took their grant back decided so and is asked by a person, not here.
 */
export async function readConsentFunnel(
  db: Queryable,
  source: string,
  now: Date,
): Promise<FunnelRow[]> {
  const { rows } = await db.query<FunnelRow>(
    `with latest as (
       select distinct on (participant_id) participant_id, made_at, opened_at
       from study.consent_link
       where made_by <> 'participant' and made_at > $2::timestamptz - make_interval(days => $3::int)
       order by participant_id, made_at desc
     )
     select p.short_id as participant, s.slug as study, site.name as site, p.state, c.status,
       coalesce(least(c.grant_expires_at, c.access_expires_at + interval '6 months')
         < $2::timestamptz + interval '14 days', false) as ending,
       l.made_at as "invitedAt", l.opened_at as "openedAt", decided.what as decided,
       coalesce(gone.there, false) as "oldGrantGone"
     from study.participant p
     join study.study s on s.id = p.study_id
     left join study.site site on site.id = p.site_id
     left join study.connection c on c.participant_id = p.id and c.source = $1::text
     left join latest l on l.participant_id = p.id
     left join lateral (
       select e.what from study.consent_event e
       where e.participant_id = p.id and e.at >= l.made_at
         and e.what in ('denied', 'granted', 'granted_partly', 'not_linked')
       order by e.at desc, e.id desc limit 1
     ) decided on true
     left join lateral (
       select true as there from study.consent_event e
       where e.participant_id = p.id and e.at >= l.made_at and e.what = 'old_grant_replaced' limit 1
     ) gone on true
     where p.state in ('invited', 'active', 'paused') and c.status is distinct from 'revoked'
       and (l.made_at is not null or c.status is null or c.status <> 'active'
         or least(c.grant_expires_at, c.access_expires_at + interval '6 months') < $2::timestamptz + interval '14 days')
     order by s.slug, p.short_id`,
    [source, now, DAYS],
  );
  return rows;
}
