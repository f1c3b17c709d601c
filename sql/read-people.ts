import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { StaffSite } from "./staff.ts";

/** A study as researchers see it: snake_case, as in the data dictionary. */
export type StudyRow = Readonly<{
  study: string;
  name: string;
  sites: string[];
  arms: string[];
  participants: number;
}>;

/** Studies by their short name; who is bound to a site sees its study and counts its people. */
export async function readStudies(db: Queryable, bound: StaffSite | null): Promise<StudyRow[]> {
  const { rows } = await db.query<StudyRow>(
    `select s.slug as study, s.name,
       array(select t.name from study.site t where t.study_id = s.id
         and ($2::text is null or t.name = $2::text) order by 1) as sites,
       array(select a.name from study.arm a where a.study_id = s.id order by 1) as arms,
       (select count(*) from study.participant p left join study.site t on t.id = p.site_id
        where p.study_id = s.id and ($2::text is null or t.name = $2::text))::int as participants
     from study.study s
     where $1::text is null or s.slug = $1::text
     order by s.slug`,
    [bound?.study ?? null, bound?.name ?? null],
  );
  return rows;
}

/** Which participants: what is null is not asked about. `after` is the last short id of the page before. */
export type PeopleAsked = Readonly<{
  study: string | null;
  site: string | null;
  arm: string | null;
  state: string | null;
  bound: StaffSite | null;
  after: string | null;
  limit: number;
}>;

/** No name, no address: the columns of reporting.participant_status that are no words of ours. */
export type PersonRow = Readonly<{
  participant: string;
  study: string;
  site: string | null;
  arm: string | null;
  state: ParticipantState;
  enrolled_on: string;
  ended_on: string | null;
  time_zone: string;
  connection: string | null;
  last_sync_at: Date | null;
  last_sample_at: Date | null;
  last_fetched_at: Date | null;
  last_outcome: string | null;
}>;

const PERSON = `r.participant, r.study, r.site, r.arm, r.state, r.enrolled_on, r.ended_on, r.time_zone, r.connection,
  r.last_sync_at, r.last_sample_at, r.last_fetched_at, r.last_outcome`;

/** Participants by short id. The page is chosen first, so that only its people's clocks are looked up. */
export async function readPeople(db: Queryable, asked: PeopleAsked): Promise<PersonRow[]> {
  const { study, site, arm, state, bound, after, limit } = asked;
  const { rows } = await db.query<PersonRow>(
    `with page as (
       select p.short_id
       from study.participant p
       join study.study s on s.id = p.study_id
       left join study.site t on t.id = p.site_id
       left join study.arm a on a.id = p.arm_id
       where ($1::text is null or s.slug = $1::text) and ($2::text is null or t.name = $2::text)
         and ($3::text is null or a.name = $3::text) and ($4::text is null or p.state = $4::text)
         and ($5::text is null or (s.slug = $5::text and t.name = $6::text))
         and ($7::text is null or p.short_id > $7::text)
       order by p.short_id
       limit $8::int
     )
     select ${PERSON} from page join reporting.participant_status r on r.participant = page.short_id
     order by r.participant`,
    [study, site, arm, state, bound?.study ?? null, bound?.name ?? null, after, limit],
  );
  return rows;
}

/** One participant, or null when nobody has this short id. */
export async function readPerson(db: Queryable, shortId: string): Promise<PersonRow | null> {
  const { rows } = await db.query<PersonRow>(
    `select ${PERSON} from reporting.participant_status r where r.participant = $1::text`,
    [shortId],
  );
  return rows[0] ?? null;
}

export type DeviceRow = Readonly<{
  source: string;
  kind: string;
  model: string | null;
  battery_percent: number | null;
  battery_seen_at: Date | null;
  last_sync_at: Date | null;
  first_seen_at: Date;
  last_seen_at: Date;
}>;

/** Everything that was ever paired with a participant's accounts, the last to sync first. */
export async function readDevices(db: Queryable, shortId: string): Promise<DeviceRow[]> {
  const { rows } = await db.query<DeviceRow>(
    `select d.source, d.kind, d.model, d.battery_percent, d.battery_seen_at, sync.at as last_sync_at,
       d.first_seen_at, d.last_seen_at
     from study.device d join study.participant p on p.id = d.participant_id
     cross join lateral (select max(y.synced_at) as at from study.device_sync y where y.device_id = d.id) sync
     where p.short_id = $1::text
     order by sync.at desc nulls last, d.id`,
    [shortId],
  );
  return rows;
}

export type MetricRow = Readonly<{
  metric: string;
  unit: string;
  kind: "sample" | "interval" | "session" | "daily" | "category";
  dense: boolean;
  plausible_min: number;
  plausible_max: number;
  imputation: string;
}>;

/** The registry: everything that can be asked for. */
export async function readMetrics(db: Queryable): Promise<MetricRow[]> {
  const { rows } = await db.query<MetricRow>(
    `select m.name as metric, m.unit, m.kind, m.dense, m.plausible_min, m.plausible_max, m.imputation
     from study.metric m order by m.name`,
  );
  return rows;
}
