import type { IngestWorld } from "../../testing/ingest-world.ts";
import type { Tally } from "./tally.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

type Night = Readonly<{ day: string; from: number; to: number; asleep: number | null }>;

/** Holds the nights that ended in somebody's final days against what the simulator knows they slept. */
export async function compareNights(
  { deps, upstream }: IngestWorld,
  participant: string,
  { tally, what }: Readonly<{ tally: Tally; what: string }>,
): Promise<void> {
  const { rows } = await deps.db.query<Night>(
    `select j.day, date_part('epoch', j.starts_at) * 1000 as from, date_part('epoch', j.ends_at) * 1000 as to,
       n.minutes_asleep as asleep
     from study.judged_day j
     join study.participant p on p.id = j.participant_id
     left join study.main_night n on n.participant_id = j.participant_id and n.day = j.day
     where p.short_id = $1::text and j.state in ('valid', 'partial', 'not_worn')
     order by j.day`,
    [participant],
  );
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return;
  const { sleeps } = upstream.simulator.metrics(
    participant,
    new Date(first.from - DAY_MS),
    new Date(last.to),
  );
  for (const { day, from, to, asleep } of rows) {
    const ended = sleeps.filter(({ end, main }) => {
      const at = Date.parse(end);
      return main && from <= at && at < to;
    });
    const truth = ended.length === 0 ? null : Math.max(...ended.map(minutesAsleep));
    tally.nights.all += 1;
    if (truth === asleep) tally.nights.right += 1;
    else tally.disagreements.push(`${what} night of ${day}: ${asleep}, truth ${truth}`);
  }
}

function minutesAsleep({
  stages,
}: Readonly<{
  stages: readonly Readonly<{ start: string; end: string; type: string }>[];
}>): number {
  const asleep = stages.filter(({ type }) => type !== "AWAKE");
  return Math.round(
    asleep.reduce((sum, { start, end }) => sum + Date.parse(end) - Date.parse(start), 0) /
      MINUTE_MS,
  );
}
