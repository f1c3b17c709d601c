import { z } from "zod";
import type { Installation } from "./installation.ts";
import { readRoster } from "./upstream.ts";

const Truth = z.object({
  minutes: z.array(z.object({ start: z.string(), mean: z.number() })),
  steps: z.object({
    wearable: z.array(z.object({ start: z.string(), count: z.number() })),
    all: z.array(z.object({ start: z.string(), count: z.number() })),
  }),
});

/** What is stored against what the simulator knows happened. */
export type Comparison = Readonly<{
  /** Minutes that had to be there by now and are, with the right value. */
  agreed: number;
  missing: number;
  /** Rows nobody measured, and rows that are there more than once. */
  duplicate: number;
  /** Minutes with another value. */
  wrong: number;
}>;

type Series = Readonly<{
  id: number;
  scale: number;
  of: (truth: z.infer<typeof Truth>) => Minutes;
}>;
type Minutes = readonly Readonly<{ start: string; value: number }>[];

/** The series that the truth tells, with the scale their values are stored in. */
const SERIES: readonly Series[] = [
  {
    id: 1,
    scale: 10,
    of: ({ minutes }) => minutes.map(({ start, mean }) => ({ start, value: mean })),
  },
  { id: 1001, scale: 1, of: ({ steps }) => steps.all.map(countOf) },
  { id: 1002, scale: 1, of: ({ steps }) => steps.wearable.map(countOf) },
];

function countOf({ start, count }: Readonly<{ start: string; count: number }>) {
  return { start, value: count };
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Compares every series of these people, from enrolment to the sync by which they were last read. */
export async function compare(
  installation: Installation,
  participants: readonly string[],
): Promise<Comparison> {
  const total = { agreed: 0, missing: 0, duplicate: 0, wrong: 0 };
  const roster = await readRoster(installation);
  for (const { participant, enrolledOn } of roster) {
    if (!participants.includes(participant)) continue;
    const truth = await askTruth(installation, participant, enrolledOn);
    for (const series of SERIES) {
      const found = await compareSeries(installation, participant, series, truth);
      for (const key of ["agreed", "missing", "duplicate", "wrong"] as const)
        total[key] += found[key];
    }
  }
  return total;
}

/** Whether nothing is missing, doubled or wrong, and there was something to compare. */
export function isSound({ agreed, missing, duplicate, wrong }: Comparison): boolean {
  return agreed > 0 && missing + duplicate + wrong === 0;
}

async function askTruth(
  { simulator }: Installation,
  participant: string,
  enrolledOn: string,
): Promise<z.infer<typeof Truth>> {
  const url = new URL(`/simulator/truth/${participant}`, simulator);
  const from = new Date(Date.parse(enrolledOn) - 36 * HOUR_MS).toISOString();
  url.search = new URLSearchParams({ from, to: new Date().toISOString() }).toString();
  return Truth.parse(await (await fetch(url)).json());
}

async function compareSeries(
  { app }: Installation,
  participant: string,
  { id, scale, of }: Series,
  truth: z.infer<typeof Truth>,
): Promise<Comparison> {
  const bounds = await app.query<{ starts: Date | null; sync: Date | null }>(
    `select min(l.starts_at) as starts, min(m.read_sync_at) filter (where m.final_at is null) as sync
     from study.ledger l join study.ledger_metric m using (participant_id, day)
     join study.participant p on p.id = l.participant_id
     where p.short_id = $1::text and m.series_id = $2::smallint`,
    [participant, id],
  );
  const isRead = bounds.rows[0]?.starts != null;
  const starts = bounds.rows[0]?.starts?.getTime() ?? Number.POSITIVE_INFINITY;
  const sync = bounds.rows[0]?.sync?.getTime() ?? 0;
  // The minute of the sync itself may have been read half-way; it is read again after the next sync.
  const isDue = (ms: number) => ms >= starts && ms + MINUTE_MS <= sync;
  const { rows } = await app.query<{ ms: number; value: number }>(
    `select (extract(epoch from s.time) * 1000)::bigint as ms, s.value
     from study.sample s join study.participant p on p.id = s.participant_id
     where p.short_id = $1::text and s.series_id = $2::smallint`,
    [participant, id],
  );
  const measured = new Map(of(truth).map(({ start, value }) => [Date.parse(start), value]));
  const stored = new Map(rows.map(({ ms, value }) => [ms, value / scale]));
  const due = [...measured.keys()].filter(isDue);
  const differs = (ms: number) =>
    Math.abs((measured.get(ms) ?? 0) - (stored.get(ms) ?? 0)) > 0.501 / scale;
  const there = due.filter((ms) => stored.has(ms));
  const wrong = there.filter(differs).length;
  return {
    agreed: there.length - wrong,
    missing: isRead ? due.length - there.length : measured.size,
    duplicate: rows.length - [...stored.keys()].filter((ms) => measured.has(ms)).length,
    wrong,
  };
}
