import type { ConnectionStatus } from "./connections.ts";
import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { RunOutcome } from "./runs.ts";

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
}>;

/** One local day: `wearMinutes` of `expectedMinutes`; null where nothing has been read of it yet. */
export type StripDay = Readonly<{
  day: string;
  wearMinutes: number | null;
  expectedMinutes: number | null;
  final: boolean;
}>;

export type StatusRow = ParticipantStatus & Readonly<{ strip: readonly StripDay[] }>;

/** One local day on the participant's page. */
export type ParticipantDay = Readonly<{
  day: string;
  startsAt: Date;
  endsAt: Date;
  expectedMinutes: number;
  wearMinutes: number;
  heartRateMinutes: number | null;
  lastSampleAt: Date | null;
  readAt: Date | null;
  final: boolean;
}>;

const STATUS_COLUMNS = `
  r.study, r.participant, r.state, r.arm, r.site, r.enrolled_on as "enrolledOn", r.ended_on as "endedOn",
  r.time_zone as "timeZone", ($1::timestamptz at time zone r.time_zone)::date as today,
  r.connection, r.connection_reason as "connectionReason", r.last_sync_at as "lastSyncAt",
  r.battery_percent as "batteryPercent", r.battery_seen_at as "batterySeenAt",
  r.last_sample_at as "lastSampleAt", r.last_fetched_at as "lastFetchedAt", r.last_outcome as "lastOutcome",
  r.last_detail as "lastDetail"`;

type DayRow = Readonly<{
  participant: string;
  day: string;
  wearMinutes: number;
  expectedMinutes: number;
  final: boolean;
}>;

/** Every participant with the wear strip of the last `days` local days, oldest first: two queries in all. */
export async function readStatus(
  db: Queryable,
  { now, days }: Readonly<{ now: Date; days: number }>,
): Promise<StatusRow[]> {
  const { rows } = await db.query<ParticipantStatus>(
    `select ${STATUS_COLUMNS} from reporting.participant_status r order by r.study, r.participant`,
    [now],
  );
  const { rows: known } = await db.query<DayRow>(
    `select d.participant, d.day, d.wear_minutes as "wearMinutes", d.expected_minutes as "expectedMinutes",
       d.final
     from reporting.participant_day d
     where d.day > ($1::timestamptz at time zone 'UTC')::date - $2::int - 2`,
    [now, days],
  );
  const byKey = new Map(known.map((row) => [`${row.participant} ${row.day}`, row]));
  return rows.map((row) => ({ ...row, strip: stripOf(row, days, byKey) }));
}

/** One participant's status, or null when the short id is unknown. */
export async function readParticipantStatus(
  db: Queryable,
  shortId: string,
  now: Date,
): Promise<ParticipantStatus | null> {
  const { rows } = await db.query<ParticipantStatus>(
    `select ${STATUS_COLUMNS} from reporting.participant_status r where r.participant = $2::text`,
    [now, shortId],
  );
  return rows[0] ?? null;
}

/** One participant's settled local days, newest first. */
export async function readParticipantDays(
  db: Queryable,
  shortId: string,
  limit: number,
): Promise<ParticipantDay[]> {
  const { rows } = await db.query<ParticipantDay>(
    `select d.day, d.starts_at as "startsAt", d.ends_at as "endsAt", d.expected_minutes as "expectedMinutes",
       d.wear_minutes as "wearMinutes", d.heart_rate_minutes as "heartRateMinutes",
       d.last_sample_at as "lastSampleAt", d.read_at as "readAt", d.final
     from reporting.participant_day d
     where d.participant = $1::text
     order by d.day desc
     limit $2::int`,
    [shortId, limit],
  );
  return rows;
}

function stripOf(
  { participant, today }: ParticipantStatus,
  days: number,
  known: ReadonlyMap<string, DayRow>,
): StripDay[] {
  return Array.from({ length: days }, (_, index) => {
    const day = addDays(today, index - days + 1);
    const row = known.get(`${participant} ${day}`);
    return {
      day,
      wearMinutes: row?.wearMinutes ?? null,
      expectedMinutes: row?.expectedMinutes ?? null,
      final: row?.final ?? false,
    };
  });
}

/** Calendar arithmetic on a date word; no clock and no zone is involved. */
function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}
