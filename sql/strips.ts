import type { DayState } from "../adherence/day-state.ts";
import type { Queryable } from "./pool.ts";
import type { ParticipantStatus } from "./status.ts";

/** One local day as judged; without a state nobody has judged it yet, which is: nothing was read of it. */
export type StripDay = Readonly<{
  day: string;
  state: DayState | null;
  wearMinutes: number;
}>;

type Shown = Pick<ParticipantStatus, "participant" | "today">;

/**
 * The wear strips of the participants a page shows: their last `days` local days, oldest first, by short id. One
 * query for the page; the thousands who are not on it cost nothing.
 */
export async function readStrips(
  db: Queryable,
  shown: readonly Shown[],
  days: number,
): Promise<ReadonlyMap<string, readonly StripDay[]>> {
  const { rows } = await db.query<StripDay & { participant: string }>(
    `select p.short_id as participant, j.day, j.state, j.wear_minutes as "wearMinutes"
     from unnest($1::text[], $2::date[]) as shown (short_id, today)
     join study.participant p on p.short_id = shown.short_id
     -- Lateral with a limit: the planner would rather read everybody's year than look up fifty fortnights.
     cross join lateral (
       select j.day, j.state, j.wear_minutes from study.judged_day j
       where j.participant_id = p.id and j.day > shown.today - $3::int and j.day <= shown.today
       order by j.day desc limit $3::int
     ) j`,
    [shown.map(({ participant }) => participant), shown.map(({ today }) => today), days],
  );
  const known = new Map(rows.map(({ participant, ...day }) => [`${participant} ${day.day}`, day]));
  return new Map(shown.map((one) => [one.participant, stripOf(one, days, known)]));
}

/**
 * Mean minutes worn of each of these, by short id: over the days a strip of so many days counts, which are final ones that
 * say something of wear and open ones with data, but never today. Who has none is left out.
 */
export async function readMeanWear(
  db: Queryable,
  shown: readonly Shown[],
  days: number,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ participant: string; minutes: number }>(
    `select p.short_id as participant, avg(j.wear_minutes)::float8 as minutes
     from unnest($1::text[], $2::date[]) as shown (short_id, today)
     join study.participant p on p.short_id = shown.short_id
     cross join lateral (
       select j.wear_minutes from study.judged_day j
       where j.participant_id = p.id and j.day > shown.today - $3::int and j.day < shown.today
         and (j.state in ('valid', 'partial', 'not_worn')
           or (j.state in ('not_authorised', 'pipeline_fault', 'unsynced', 'pending') and j.wear_minutes > 0))
       order by j.day desc limit $3::int
     ) j
     group by p.short_id`,
    [shown.map(({ participant }) => participant), shown.map(({ today }) => today), days],
  );
  return new Map(rows.map(({ participant, minutes }) => [participant, minutes]));
}

function stripOf(
  { participant, today }: Shown,
  days: number,
  known: ReadonlyMap<string, StripDay>,
): StripDay[] {
  return Array.from({ length: days }, (_, index) => {
    const day = addDays(today, index - days + 1);
    return known.get(`${participant} ${day}`) ?? { day, state: null, wearMinutes: 0 };
  });
}

/** Calendar arithmetic on a date word; no clock and no zone is involved. */
function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}
