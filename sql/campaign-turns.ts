import type { CampaignKey } from "./consent-campaigns.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { StudySettings } from "./studies.ts";

/** Why somebody is asked for consent. */
export type CampaignCause = "never" | "imported" | "lapsed" | "partly";

type Template = "consent_first" | "consent_needed";

/** A reminder goes so long after the invitation, and is the last. */
const REMIND_AFTER = "7 days";

/**
 * Who of a study is to be asked, as who `p` with connection `c`: has no grant, or one that lapsed or lacks a part. Who
 * took theirs back decided so, and who has no tracker cannot help it: neither is asked again and again.
 */
const TO_ASK = `p.state in ('invited', 'active') and (c.status is null or c.status in ('reconsent_needed', 'scope_missing'))`;

const CAUSE = `case when c.status = 'reconsent_needed' then 'lapsed' when c.status = 'scope_missing' then 'partly'
  when exists (select from study.ledger_metric m join study.series x on x.id = m.series_id
    where m.participant_id = p.id and x.source <> $2::text) then 'imported' else 'never' end`;

/** Whose consent a campaign of the study would ask for now, and what speaks against writing to them. */
export type ToAsk = Readonly<{
  participant: string;
  cause: CampaignCause;
  refusals: readonly string[];
}>;

/** Whom a campaign of this study would pick now. */
export async function listToAsk(
  db: Queryable,
  study: Readonly<{ slug: string; settings: StudySettings }>,
  source: string,
  most: number,
): Promise<readonly ToAsk[]> {
  const { rows } = await db.query<ToAsk>(
    `with asked as (
       select p.id, p.short_id, ${CAUSE} as cause,
         case when c.status is null then 'consent_first' else 'consent_needed' end as template
       from study.participant p
       join study.study s on s.id = p.study_id and s.slug = $1::text
       left join study.connection c on c.participant_id = p.id and c.source = $2::text
       where ${TO_ASK} order by p.short_id limit $3::int
     )
     select short_id as participant, cause, study.message_refusals(id, template, $4::jsonb, now(), null) as refusals
     from asked order by short_id`,
    [study.slug, source, most, JSON.stringify(study.settings)],
  );
  return rows;
}

/** Picks everybody a campaign asks; picked once, somebody stays picked. Returns how many it has. */
export async function pickPeople(
  db: Queryable,
  { study, campaign }: CampaignKey,
  source: string,
): Promise<number> {
  const { rows } = await db.query<{ picked: number }>(
    `with picked as (
       insert into study.consent_campaign_person (study_id, number, participant_id, cause, picked_at)
       select g.study_id, g.number, p.id, ${CAUSE}, now()
       from study.consent_campaign g
       join study.study s on s.id = g.study_id and s.slug = $1::text
       join study.participant p on p.study_id = s.id
       left join study.connection c on c.participant_id = p.id and c.source = $2::text
       where g.number = $3::int and g.ended_at is null and ${TO_ASK}
       on conflict do nothing
       returning participant_id
     )
     select (select count(*) from picked)::int + count(*)::int as picked
     from study.consent_campaign_person q
     join study.study s on s.id = q.study_id and s.slug = $1::text
     where q.number = $3::int`,
    [study, source, campaign],
  );
  return only(rows, "count").picked;
}

/** Somebody whose turn it is: to be invited, or reminded once. */
export type Turn = Readonly<{
  participant: string;
  template: Template;
  isReminder: boolean;
  /** The message that was begun for them and not finished; null where there is none. */
  begun: string | null;
  /** Codes of why not; none: they may be written to. */
  refusals: readonly string[];
  /** Messages in a row that had no effect: a person calls. */
  withoutEffect: number;
}>;

/** The people of a campaign who have not decided yet; what of them was sent since a week before it began. */
const UNDECIDED = `
  select q.study_id, q.number, q.participant_id, q.message_id, q.looked_at, p.short_id, c.status as connection,
    m.status as message, coalesce(went.n, 0) as went, went.last_at
  from study.consent_campaign_person q
  join study.consent_campaign g on g.study_id = q.study_id and g.number = q.number and g.ended_at is null
  join study.study s on s.id = q.study_id and s.slug = $1::text
  join study.participant p on p.id = q.participant_id and p.state not in ('withdrawn', 'completed')
  left join study.connection c on c.participant_id = p.id and c.source = $3::text
  left join study.message m on m.id = q.message_id
  left join lateral (
    select count(*)::int as n, max(w.sent_at) as last_at from study.message w
    where w.participant_id = p.id and w.template in ('consent_first', 'consent_needed')
      and w.status in ('sending', 'accepted', 'delivered', 'bounced', 'unknown', 'failed')
      and w.sent_at > g.started_at - interval '7 days'
  ) went on true
  where q.number = $2::int and (c.status is null or c.status in ('reconsent_needed', 'scope_missing'))
    and m.status_reason is distinct from 'taken_back'
    and not exists (select from study.consent_event e where e.participant_id = p.id and e.at >= q.picked_at
      and e.what in ('denied', 'granted', 'granted_partly', 'not_linked'))`;

/** Whose turn it is and who was not looked at since `roundFrom`, at most so many; with what speaks against it now. */
export async function listTurns(
  db: Queryable,
  { study, campaign }: CampaignKey,
  {
    source,
    settings,
    roundFrom,
    most,
  }: Readonly<{ source: string; settings: StudySettings; roundFrom: Date; most: number }>,
): Promise<readonly Turn[]> {
  const { rows } = await db.query<Turn>(
    `with undecided as (${UNDECIDED}), turn as (
       select u.*, case when u.connection is null then 'consent_first' else 'consent_needed' end as template
       from undecided u
       where (u.looked_at is null or u.looked_at < $4::timestamptz)
         and coalesce(u.message, 'draft') not in ('queued', 'sending')
         and (u.went = 0 or (u.went = 1 and u.last_at < now() - $5::interval))
       order by u.short_id limit $6::int
     )
     select t.short_id as participant, t.template, t.went > 0 as "isReminder",
       case when coalesce(t.message, 'draft') = 'draft' then t.message_id end as begun,
       study.message_refusals(t.participant_id, t.template, $7::jsonb, now(), t.message_id) as refusals,
       study.messages_without_effect(t.participant_id) as "withoutEffect"
     from turn t order by t.short_id`,
    [study, campaign, source, roundFrom, REMIND_AFTER, most, JSON.stringify(settings)],
  );
  return rows;
}

/** How many of a campaign have not decided yet. */
export async function countUndecided(
  db: Queryable,
  { study, campaign }: CampaignKey,
  source: string,
): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from (${UNDECIDED}) undecided`,
    [study, campaign, source],
  );
  return only(rows, "count").n;
}

/** Notes that these were looked at in this round, and why they were not written to; empty where they are. */
export async function noteLooked(
  db: Queryable,
  { study, campaign }: CampaignKey,
  looked: readonly Readonly<{ participant: string; refusals: readonly string[] }>[],
  roundFrom: Date,
): Promise<void> {
  await db.query(
    `update study.consent_campaign_person q
     set looked_at = greatest(now(), $5::timestamptz), refusals = l.refusals
     from unnest($3::text[], $4::text[]) as l (short_id, refusals)
     join study.participant p on p.short_id = l.short_id, study.study s
     where q.participant_id = p.id and q.number = $2::int and s.id = q.study_id and s.slug = $1::text`,
    [
      study,
      campaign,
      looked.map(({ participant }) => participant),
      looked.map(({ refusals }) => refusals.join(",")),
      roundFrom,
    ],
  );
}

/** Notes which message is made for somebody next, before it is made. False where the campaign has ended. */
export async function reserveMessage(
  db: Queryable,
  { study, campaign }: CampaignKey,
  { participantId, message }: Readonly<{ participantId: number; message: string }>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update study.consent_campaign_person q set message_id = $4::uuid
     from study.consent_campaign g join study.study s on s.id = g.study_id and s.slug = $1::text
     where g.study_id = q.study_id and g.number = q.number and g.ended_at is null
       and q.number = $2::int and q.participant_id = $3::int`,
    [study, campaign, participantId, message],
  );
  return rowCount === 1;
}
