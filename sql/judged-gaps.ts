import type { GapEvidence, JudgedGap } from "../adherence/gaps.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** Data that is a few hours late is how trackers work; only what was missing for longer is told as recovered (ms). */
const TOLD_AFTER_MS = 6 * 3_600_000;

type StoredGap = Readonly<{
  fromMs: number;
  toMs: number;
  cause: JudgedGap["cause"];
  recoverableUntilMs: number | null;
  evidence: GapEvidence;
  recovered: boolean;
}>;

/** The span gaps are stored of, and since when minutes were looked at for it; `isMeasured` says whether anything was measured between two of its instants. */
export type GapSpan = Readonly<{
  seenFromMs: number;
  fromMs: number;
  toMs: number;
  now: Date;
  isMeasured: (gap: Readonly<{ fromMs: number; toMs: number }>) => boolean;
}>;

/**
 * Makes these the gaps of a span (one that began before the first minute looked at stays as it is): new ones are added, known ones get their present end and cause, and of those that are
 * none any more, the ones in which something was measured say when they were recovered; the others were never so. Answers
 * how many came out otherwise; where none did, nothing is written.
 */
export async function storeGaps(
  db: Queryable,
  { participantId, seriesId }: Readonly<{ participantId: number; seriesId: number }>,
  gaps: readonly JudgedGap[],
  { seenFromMs, fromMs, toMs, now, isMeasured }: GapSpan,
): Promise<number> {
  const owner = [participantId, seriesId];
  const { rows } = await db.query<StoredGap>(READ_GAPS, [
    ...owner,
    new Date(fromMs),
    new Date(toMs),
  ]);
  const stored = new Map(rows.map((gap) => [gap.fromMs, gap]));
  const starts = new Set(gaps.map((gap) => gap.fromMs));
  const unseen = rows.some((gap) => !gap.recovered && gap.fromMs < seenFromMs);
  const gone = rows.filter(
    (gap) => !gap.recovered && gap.fromMs >= seenFromMs && !starts.has(gap.fromMs),
  );
  const news = gaps.filter(
    (gap) => !(unseen && gap.fromMs === seenFromMs) && !isSame(gap, stored.get(gap.fromMs)),
  );
  if (gone.length === 0 && news.length === 0) return 0;
  const isTold = (gap: StoredGap) =>
    isMeasured(gap) && (gap.cause !== "not_yet_synced" || gap.toMs - gap.fromMs >= TOLD_AFTER_MS);
  const startsOf = (told: boolean) =>
    gone.filter((gap) => isTold(gap) === told).map((gap) => gap.fromMs);
  const changed = await db.query<{ changed: number }>(STORE_GAPS, [
    ...owner,
    now,
    startsOf(true),
    startsOf(false),
    news.map((gap) => gap.fromMs),
    news.map((gap) => gap.toMs),
    news.map(({ cause }) => cause),
    news.map(({ recoverableUntilMs }) => recoverableUntilMs),
    news.map(({ evidence }) => JSON.stringify(evidence)),
  ]);
  return only(changed.rows, "stored gaps").changed;
}

/** Gaps are told of one series: what an earlier source was judged by goes once all days were judged by another. */
export async function removeGapsOfOtherSeries(
  db: Queryable,
  participantId: number,
  { firstDay, seriesId }: Readonly<{ firstDay: string; seriesId: number }>,
): Promise<void> {
  await db.query(
    `delete from study.gap
     where participant_id = $1::int and series_id <> $2::smallint
       and starts_at >= (select min(d.starts_at) from study.local_days($1::int, $3::date, $3::date) d)`,
    [participantId, seriesId, firstDay],
  );
}

function isSame(gap: JudgedGap, stored: StoredGap | undefined): boolean {
  return (
    stored !== undefined &&
    !stored.recovered &&
    stored.toMs === gap.toMs &&
    stored.cause === gap.cause &&
    stored.recoverableUntilMs === gap.recoverableUntilMs &&
    inOrder(stored.evidence) === inOrder(gap.evidence)
  );
}

/** The database keeps the keys of a document in an order of its own. */
function inOrder(evidence: GapEvidence): string {
  return JSON.stringify(Object.entries(evidence).sort(([one], [other]) => (one < other ? -1 : 1)));
}

const MS = (instant: string) => `(extract(epoch from ${instant}) * 1000)::float8`;

const READ_GAPS = `
select ${MS("g.starts_at")} as "fromMs", ${MS("g.ends_at")} as "toMs", g.cause,
  ${MS("g.recoverable_until")} as "recoverableUntilMs", g.evidence, g.recovered_at is not null as recovered
from study.gap g
where g.participant_id = $1::int and g.series_id = $2::smallint
  and g.ends_at > $3::timestamptz and g.starts_at < $4::timestamptz`;

const AT = (ms: string) => `timestamptz 'epoch' + ${ms} * interval '1 millisecond'`;

const STORE_GAPS = `
with recovered as (
  update study.gap g set recovered_at = $3::timestamptz
  from unnest($4::float8[]) as gone (from_ms)
  where g.participant_id = $1::int and g.series_id = $2::smallint and g.starts_at = ${AT("gone.from_ms")}
    and g.recovered_at is null
  returning 1
), removed as (
  delete from study.gap g
  using unnest($5::float8[]) as gone (from_ms)
  where g.participant_id = $1::int and g.series_id = $2::smallint and g.starts_at = ${AT("gone.from_ms")}
    and g.recovered_at is null
  returning 1
), stored as (
  insert into study.gap as g (participant_id, series_id, starts_at, ends_at, cause, recoverable_until, evidence, found_at)
  select $1::int, $2::smallint, ${AT("n.from_ms")}, ${AT("n.to_ms")}, n.cause, ${AT("n.until_ms")}, n.evidence::jsonb,
    $3::timestamptz
  from unnest($6::float8[], $7::float8[], $8::text[], $9::float8[], $10::text[])
    as n (from_ms, to_ms, cause, until_ms, evidence)
  on conflict (participant_id, series_id, starts_at) do update set
    ends_at = excluded.ends_at,
    cause = excluded.cause,
    recoverable_until = excluded.recoverable_until,
    evidence = excluded.evidence,
    found_at = case when g.recovered_at is null then g.found_at else excluded.found_at end,
    recovered_at = null
  where (g.ends_at, g.cause, g.recoverable_until, g.evidence, g.recovered_at)
    is distinct from (excluded.ends_at, excluded.cause, excluded.recoverable_until, excluded.evidence, null)
  returning 1
)
select (select count(*) from recovered)::int + (select count(*) from removed)::int + (select count(*) from stored)::int as changed`;
