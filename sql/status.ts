import type { DayState } from "../adherence/day-state.ts";
import type { ConnectionStatus } from "./connections.ts";
import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { RunOutcome } from "./runs.ts";

/** What asks for somebody's attention, most urgent first; each is a column of reporting.participant_flag. */
export const FLAGS = [
  "data_at_risk",
  "no_sync",
  "connection",
  "low_wear",
  "low_sleep",
  "incomplete",
] as const;
export type Flag = (typeof FLAGS)[number];

/** A participant as the pages show it: state, connection and three clocks that are never mixed. */
export type ParticipantStatus = Readonly<{
  study: string;
  participant: string;
  state: ParticipantState;
  arm: string | null;
  site: string | null;
  enrolledOn: string;
  endedOn: string | null;
  timeZone: string;
  /** Today in the participant's zone, `YYYY-MM-DD`. */
  today: string;
  connection: ConnectionStatus | null;
  connectionReason: string | null;
  /** When the device last handed its data to the provider. */
  lastSyncAt: Date | null;
  batteryPercent: number | null;
  batterySeenAt: Date | null;
  /** The newest wearable sample. */
  lastSampleAt: Date | null;
  /** When our last run finished. */
  lastFetchedAt: Date | null;
  lastOutcome: RunOutcome | null;
  lastDetail: string | null;
  /** What holds of them by reporting.participant_flag, most urgent first. */
  flags: readonly Flag[];
}>;

/** One local day on the participant's page. */
export type ParticipantDay = Readonly<{
  day: string;
  startsAt: Date;
  endsAt: Date;
  expectedMinutes: number;
  wearMinutes: number;
  heartRateMinutes: number | null;
  /** Of all sources together; null where steps were never read. */
  steps: number | null;
  lastSampleAt: Date | null;
  readAt: Date | null;
  /** Its heart rate was read twice alike. */
  final: boolean;
  state: DayState;
}>;

const STATUS_COLUMNS = `
  f.study, f.participant, f.state, f.arm, f.site, f.enrolled_on as "enrolledOn", f.ended_on as "endedOn",
  f.time_zone as "timeZone", ($1::timestamptz at time zone f.time_zone)::date as today,
  f.connection, f.connection_reason as "connectionReason", f.last_sync_at as "lastSyncAt",
  f.battery_percent as "batteryPercent", f.battery_seen_at as "batterySeenAt",
  f.last_sample_at as "lastSampleAt", f.last_fetched_at as "lastFetchedAt", f.last_outcome as "lastOutcome",
  f.last_detail as "lastDetail",
  array_remove(array[
    case when f.data_at_risk then 'data_at_risk' end, case when f.inactive then 'no_sync' end,
    case when f.consent_needed then 'connection' end, case when f.low_wear then 'low_wear' end,
    case when f.low_sleep then 'low_sleep' end, case when f.incomplete then 'incomplete' end], null) as flags`;

/** Every participant's status, by study and id. */
export async function readStatuses(db: Queryable, now: Date): Promise<ParticipantStatus[]> {
  const { rows } = await db.query<ParticipantStatus>(
    `select ${STATUS_COLUMNS} from reporting.participant_flag f order by f.study, f.participant`,
    [now],
  );
  return rows;
}

/** One participant's status, or null when the short id is unknown. */
export async function readParticipantStatus(
  db: Queryable,
  shortId: string,
  now: Date,
): Promise<ParticipantStatus | null> {
  const { rows } = await db.query<ParticipantStatus>(
    `select ${STATUS_COLUMNS} from reporting.participant_flag f where f.participant = $2::text`,
    [now, shortId],
  );
  return rows[0] ?? null;
}

/** Which days of a participant: the newest, or the newest before a day. */
export type DaysAsked = Readonly<{ before: string | null; limit: number; now: Date }>;

/** A participant's local days, the newest first. */
export async function readParticipantDays(
  db: Queryable,
  shortId: string,
  asked: DaysAsked,
): Promise<ParticipantDay[]> {
  // Where the days most likely lie, so that both are read side by side: beside the daily run each waits its turn.
  const likely = likelySpan(asked);
  const [days, sums] = await Promise.all([
    readDays(db, shortId, asked),
    readSteps(db, shortId, likely),
  ]);
  const [newest, oldest] = [days[0], days.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  const span = { from: oldest.startsAt, to: newest.endsAt };
  // A day settled between the two readings is one that was counted and not summed, and no day of 0 steps.
  const isCovered = days.every((day) => day.stepMinutes === null || sums.has(day.day));
  const steps = isCovered ? sums : await readSteps(db, shortId, span);
  return days.map(({ stepMinutes, ...row }) => ({
    ...row,
    steps: stepMinutes === null ? null : (steps.get(row.day) ?? 0),
  }));
}

type Span = Readonly<{ from: Date; to: Date }>;
const DAY_MS = 86_400_000;

/** As many days as are asked for, without holes, with a day to spare at either end for whatever zone they are in. */
function likelySpan({ before, limit, now }: DaysAsked): Span {
  const end = before === null ? now.getTime() + DAY_MS : Date.parse(before) + DAY_MS;
  return { from: new Date(end - (limit + 2) * DAY_MS), to: new Date(end) };
}

type DayRow = Omit<ParticipantDay, "steps"> & Readonly<{ stepMinutes: number | null }>;

async function readDays(
  db: Queryable,
  shortId: string,
  { before, limit }: DaysAsked,
): Promise<DayRow[]> {
  const { rows } = await db.query<DayRow>(
    `select d.day, d.starts_at as "startsAt", d.ends_at as "endsAt", d.expected_minutes as "expectedMinutes",
       d.wear_minutes as "wearMinutes", d.heart_rate_minutes as "heartRateMinutes",
       d.step_minutes as "stepMinutes", d.last_sample_at as "lastSampleAt", d.read_at as "readAt", d.final, d.state
     from reporting.participant_day d
     where d.participant = $1::text and ($3::date is null or d.day < $3::date)
     order by d.day desc
     limit $2::int`,
    [shortId, limit, before],
  );
  return rows;
}

/** Steps of the days that lie within a span, by day; it is a constant so that the planner sees which chunks it needs. */
async function readSteps(
  db: Queryable,
  shortId: string,
  { from, to }: Span,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ day: string; steps: number }>(
    `select d.day, t.steps
     from study.participant p
     join reporting.participant_day d on d.participant = p.short_id
     -- Lateral, so that each day is a range of the index: joined, every day is compared with every sample of the span.
     cross join lateral (
       select coalesce(sum(s.value), 0)::int as steps
       from study.sample s
       where s.participant_id = p.id
         and s.series_id in (
           select r.id from study.series r join study.metric m on m.id = r.metric_id
           where m.name = 'steps' and r.for_analysis)
         and s.time >= d.starts_at and s.time < d.ends_at
         and s.time >= $2::timestamptz and s.time < $3::timestamptz
     ) t
     where d.participant = $1::text and d.starts_at >= $2::timestamptz and d.ends_at <= $3::timestamptz`,
    [shortId, from, to],
  );
  return new Map(rows.map(({ day, steps }) => [day, steps]));
}
