import type { GapCause } from "../imputation/gap-cause.ts";
import { at } from "../imputation/minutes.ts";
import type { Queryable } from "../sql/pool.ts";
import { only } from "../sql/pool.ts";
import { storePage } from "../sql/samples.ts";
import { pageOf } from "./pages.ts";
import { enrol } from "./people.ts";
import { simulatedMinutes } from "./simulated-minutes.ts";

export const HEART_RATE = 1;
const STEPS_OF_WEARABLES = 1002;
const MINUTE_MS = 60_000;

/** A missing stretch that is made: minutes from the person's first. */
export type MadeGap = Readonly<{ start: number; length: number; cause: GapCause }>;

/** Somebody with simulated minutes stored, some of them withheld, and their truth. */
export type ImputedPerson = Readonly<{
  id: number;
  /** Stores what was withheld of a gap, as a late sync would. */
  arrive(gap: MadeGap): Promise<void>;
  /** bpm × 10 that were withheld, by minute. */
  truthOf(gap: MadeGap): number[];
}>;

/** Enrols somebody in UTC from a local midnight on and stores `days` of minutes, those of the gaps left out and noted as gaps. */
export async function imputedPerson(
  db: Queryable,
  shortId: string,
  { from, days, gaps }: Readonly<{ from: string; days: number; gaps: readonly MadeGap[] }>,
): Promise<ImputedPerson> {
  const id = await enrol(db, shortId, { enrolledOn: from, timeZone: "UTC" });
  const first = Date.parse(`${from}T00:00:00Z`);
  const { heartRate, steps } = simulatedMinutes(days, shortId);
  const isMissing = (t: number) =>
    gaps.some(({ start, length }) => t >= start && t < start + length);
  const all = [...heartRate.keys()];
  const store = async (seriesId: number, minutes: readonly number[], of: (t: number) => number) => {
    const times = minutes.map((t) => first + t * MINUTE_MS);
    const owner = { participantId: id, seriesId, workflowRunId: "simulated" };
    await storePage(db, owner, pageOf(times, minutes.map(of)));
  };
  const beats = (t: number) => Math.round(at(heartRate, t) * 10);
  await store(
    HEART_RATE,
    all.filter((t) => !isMissing(t)),
    beats,
  );
  const walked = all.filter((t) => at(steps, t) > 0);
  await store(STEPS_OF_WEARABLES, walked, (t) => at(steps, t));
  await noteGaps(db, id, first, gaps);
  const within = ({ start, length }: MadeGap) => Array.from({ length }, (_, i) => start + i);
  return {
    id,
    truthOf: (gap) => within(gap).map(beats),
    arrive: (gap) => store(HEART_RATE, within(gap), beats),
  };
}

async function noteGaps(db: Queryable, id: number, first: number, gaps: readonly MadeGap[]) {
  await db.query(
    `insert into study.gap (participant_id, series_id, starts_at, ends_at, cause, found_at)
     select $1::int, $2::smallint, g.*, now() from unnest($3::timestamptz[], $4::timestamptz[], $5::text[]) g`,
    [
      id,
      HEART_RATE,
      gaps.map(({ start }) => new Date(first + start * MINUTE_MS)),
      gaps.map(({ start, length }) => new Date(first + (start + length) * MINUTE_MS)),
      gaps.map(({ cause }) => cause),
    ],
  );
}

/** Every row imputation writes of a participant. */
export async function imputationRows(db: Queryable, id: number) {
  const { rows } = await db.query<Record<"samples" | "runs" | "gaps" | "tests", unknown[]>>(
    `select
       (select jsonb_agg(to_jsonb(i) order by i.time, i.run_id) from study.imputed_sample i where i.participant_id = $1::int) as samples,
       (select jsonb_agg(to_jsonb(r) order by r.id) from study.imputation_run r where r.participant_id = $1::int) as runs,
       (select jsonb_agg(to_jsonb(g) order by g.run_id, g.starts_at) from study.imputed_gap g where g.participant_id = $1::int) as gaps,
       (select jsonb_agg(to_jsonb(b) order by b.day, b.length_minutes, b.method) from study.back_test b where b.participant_id = $1::int) as tests`,
    [id],
  );
  return only(rows, "rows of imputation");
}

/** How many imputed minutes of theirs hold now. */
export async function countActive(db: Queryable, id: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from study.imputed_sample where participant_id = $1::int and retired_at is null",
    [id],
  );
  return rows[0]?.n ?? -1;
}
