import type { GapCause } from "../../imputation/gap-cause.ts";
import type { Queryable } from "../../sql/pool.ts";
import type { createOracle } from "./oracle.ts";
import type { Tally } from "./tally.ts";
import { count } from "./tally.ts";

type Oracle = ReturnType<typeof createOracle>;

const MINUTE = 60_000;
/** Shorter gaps are lost contact by the thousand: right, and no achievement. */
const SHORTEST_MINUTES = 6;
const FINAL = new Set(["valid", "lost", "partial", "not_worn"]);

type Day = Readonly<{ day: string; from: number; to: number; state: string; worn: number }>;
type Gap = Readonly<{ from: number; to: number; cause: GapCause; batteryUnknown: boolean }>;

type Against = Readonly<{ tally: Tally; what: string; isLast: boolean }>;

/** Holds one person's judged days and gaps against the truth. */
export async function compare(
  db: Queryable,
  participant: string,
  oracle: Oracle,
  against: Against,
): Promise<void> {
  const { tally, what } = against;
  const days = await readDays(db, participant);
  for (const { day, state, worn, ...span } of days) {
    const truth = oracle.day(span);
    count(tally.states, truth.state, state);
    if (truth.state !== state)
      tally.disagreements.push(
        `${what} ${day}: ${state} (${worn}), truth ${truth.state} (${truth.wearMinutes})`,
      );
    else if (FINAL.has(state))
      measure(tally, Math.abs(worn - truth.wearMinutes) / ((span.to - span.from) / MINUTE));
  }
  for (const gap of await readGaps(db, participant)) compareGap(gap, days, oracle, against);
}

function measure({ wear }: Tally, error: number): void {
  wear.days += 1;
  wear.error += error;
  wear.worst = Math.max(wear.worst, error);
}

/** A gap's true cause is that of most of its minutes. */
function compareGap(
  gap: Gap,
  days: readonly Day[],
  oracle: Oracle,
  { tally, what, isLast }: Against,
): void {
  const { from, to, cause, batteryUnknown } = gap;
  const minutes = trueMinutes(gap, days, oracle);
  const [most] = [...minutes].sort(([, a], [, b]) => b - a);
  if (most === undefined) return;
  for (const [truth, n] of minutes) count(tally.causeMinutes, truth, cause, n);
  if ((to - from) / MINUTE < SHORTEST_MINUTES) return;
  const [truth] = most;
  count(batteryUnknown ? tally.unknowable : tally.causes, truth, cause);
  if (isLast) count(tally.atTheEnd, truth, cause);
  if (truth === cause) return;
  const told = batteryUnknown ? `${cause} or on the charger` : cause;
  const when = `${new Date(from).toISOString()} +${(to - from) / MINUTE} min`;
  tally.disagreements.push(
    `${what} ${when}: ${told}, truth ${truth} ${JSON.stringify([...minutes])}`,
  );
}

/** How many of a gap's minutes were missing by which true cause. */
function trueMinutes(
  { from, to, cause }: Gap,
  days: readonly Day[],
  oracle: Oracle,
): ReadonlyMap<string, number> {
  const minutes = new Map<string, number>();
  for (let at = from; at < to; at += MINUTE) {
    const day = days.find((each) => each.from <= at && at < each.to);
    if (day === undefined) continue;
    const truth = sameFault(oracle.cause(at + MINUTE / 2, day), cause);
    minutes.set(truth, (minutes.get(truth) ?? 0) + 1);
  }
  return minutes;
}

/** Events do not tell the provider's fault from ours: either is right where one of them is. */
function sameFault(truth: GapCause, judged: GapCause): GapCause {
  return truth === "pipeline_fault" && judged === "source_outage" ? judged : truth;
}

const MS = (instant: string) => `(extract(epoch from ${instant}) * 1000)::float8`;

async function readDays(db: Queryable, participant: string): Promise<readonly Day[]> {
  const { rows } = await db.query<Day>(
    `select j.day, ${MS("j.starts_at")} as from, ${MS("j.ends_at")} as to, j.state, j.wear_minutes as worn
     from study.judged_day j join study.participant p on p.id = j.participant_id
     where p.short_id = $1::text order by j.day`,
    [participant],
  );
  return rows;
}

async function readGaps(db: Queryable, participant: string): Promise<readonly Gap[]> {
  const { rows } = await db.query<Gap>(
    `select ${MS("g.starts_at")} as from, ${MS("g.ends_at")} as to, g.cause,
       g.evidence ? 'batteryUnknown' as "batteryUnknown"
     from study.gap g join study.participant p on p.id = g.participant_id
     where p.short_id = $1::text and g.recovered_at is null order by g.starts_at`,
    [participant],
  );
  return rows;
}
