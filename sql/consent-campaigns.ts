import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";

/** A campaign by its study and its number there; both stand in its workflow's id. */
export type CampaignKey = Readonly<{ study: string; campaign: number }>;

export type Campaign = CampaignKey &
  Readonly<{
    startedAt: Date;
    startedBy: string;
    reason: string;
    endedAt: Date | null;
    endedBy: string | null;
  }>;

/** Who ends a campaign that was not stopped. */
export const ITSELF = "wearflow";

const SELECT = `
  select s.slug as study, c.number as campaign, c.started_at as "startedAt", c.started_by as "startedBy", c.reason,
    c.ended_at as "endedAt", c.ended_by as "endedBy"
  from study.consent_campaign c join study.study s on s.id = c.study_id`;

/** Begins a campaign and returns it; where one is open in the study, that one, so that a second click is the first one's. */
export async function beginCampaign(
  db: Queryable,
  study: string,
  { by, why }: Because,
): Promise<Campaign> {
  await db.query(
    `with begun as (
       insert into study.consent_campaign (study_id, number, started_at, started_by, reason)
       select s.id, coalesce((select max(c.number) from study.consent_campaign c where c.study_id = s.id), 0) + 1,
         now(), $2::text, $3::text
       from study.study s where s.slug = $1::text
       on conflict do nothing
       returning number
     )
     select audit.note($2::text, 'consent.campaign', $1::text, $3::text, jsonb_build_object('campaign', number)),
       nextval('study.change_counter')
     from begun`,
    [study, by, why],
  );
  const open = await findLatestCampaign(db, study);
  if (open === null) throw new Error(`There is no study ${study}`);
  return open;
}

/** The study's latest campaign, open or over; null where there was none. */
export async function findLatestCampaign(db: Queryable, study: string): Promise<Campaign | null> {
  const { rows } = await db.query<Campaign>(
    `${SELECT} where s.slug = $1::text order by c.number desc limit 1`,
    [study],
  );
  return rows[0] ?? null;
}

export async function findCampaign(
  db: Queryable,
  { study, campaign }: CampaignKey,
): Promise<Campaign | null> {
  const { rows } = await db.query<Campaign>(
    `${SELECT} where s.slug = $1::text and c.number = $2::int`,
    [study, campaign],
  );
  return rows[0] ?? null;
}

/** Campaigns that are open; each should have a workflow. */
export async function listOpenCampaigns(db: Queryable): Promise<readonly Campaign[]> {
  return (await db.query<Campaign>(`${SELECT} where c.ended_at is null order by s.slug`)).rows;
}

/** Ends a campaign: nobody is written to any more. False where it had ended before. What waits is `cancelWaiting`'s. */
export async function endCampaign(
  db: Queryable,
  { study, campaign }: CampaignKey,
  { by, why }: Because,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with ended as (
       update study.consent_campaign c set ended_at = now(), ended_by = $3::text
       from study.study s
       where s.id = c.study_id and s.slug = $1::text and c.number = $2::int and c.ended_at is null
       returning c.number
     )
     select audit.note($3::text, 'consent.campaign_end', $1::text, $4::text, jsonb_build_object('campaign', number)),
       nextval('study.change_counter')
     from ended`,
    [study, campaign, by, why],
  );
  return rowCount === 1;
}

/** Takes back what still waits of a campaign that has ended. A statement of its own: it must see what was queued up to the end. */
export async function cancelWaiting(
  db: Queryable,
  { study, campaign }: CampaignKey,
): Promise<number> {
  const { rowCount } = await db.query(
    `update study.message m set status = 'cancelled', status_at = now(), status_reason = 'campaign_ended'
     from study.consent_campaign_person p
     join study.consent_campaign c on c.study_id = p.study_id and c.number = p.number and c.ended_at is not null
     join study.study s on s.id = c.study_id and s.slug = $1::text
     where c.number = $2::int and m.id = p.message_id and m.status in ('queued', 'draft')`,
    [study, campaign],
  );
  return rowCount ?? 0;
}
