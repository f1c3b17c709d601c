import type { Queryable } from "./pool.ts";

/** The end of the chain at some moment. Kept outside the database, it proves that nothing before it was rewritten. */
export type AuditHead = Readonly<{ seq: number; hash: string }>;

export type ChainVerdict = Readonly<{
  entries: number;
  head: AuditHead | null;
  /** Numbers of entries that do not follow from the one before them, and of those missing before them. */
  broken: readonly number[];
  /** Heads that were noted outside and are not in the chain: what came before them was rewritten or cut off. */
  lostHeads: readonly AuditHead[];
  /** The triggers that keep the audit append-only and chained, where somebody has switched them off. */
  guardsOff: readonly string[];
}>;

const PAGE = 5000;

/**
 * Recomputes the whole chain, page by page, from its own definition and not by the function that writes it; and looks
 * for the heads noted outside, without which a chain that was rebuilt from some entry on, or cut off, looks whole.
 */
export async function verifyChain(
  db: Queryable,
  heads: readonly AuditHead[],
): Promise<ChainVerdict> {
  let entries = 0;
  let head: AuditHead | null = null;
  const broken: number[] = [];
  for (;;) {
    const page = await verifyPage(db, entries, head?.seq ?? 0);
    if (page === null) break;
    entries += page.entries;
    head = page.head;
    broken.push(...page.broken);
    if (page.entries < PAGE) break;
  }
  return {
    entries,
    head,
    broken,
    lostHeads: await findLost(db, heads),
    guardsOff: await findGuardsOff(db),
  };
}

type Page = Readonly<{ entries: number; head: AuditHead; broken: readonly number[] }>;

async function verifyPage(db: Queryable, done: number, after: number): Promise<Page | null> {
  const { rows } = await db.query<{
    entries: number;
    seq: number | null;
    hash: string | null;
    broken: readonly number[];
  }>(
    `with page as (
       select e.*, coalesce(b.hash, '') as before, $1::bigint + row_number() over (order by e.seq) as place
       from audit.entry e left join audit.entry b on b.seq = e.seq - 1
       where e.seq > $2::bigint or $1::bigint = 0
       order by e.seq limit $3::int
     ), judged as (
       select seq, hash, seq = place and hash = sha256(convert_to(jsonb_build_array(
         encode(before, 'hex'), seq, (extract(epoch from at) * 1000000)::bigint, actor, action, entity, reason,
         detail)::text, 'UTF8')) as fits
       from page
     )
     select count(*)::int as entries, max(seq) as seq,
       (array_agg(encode(hash, 'hex') order by seq desc))[1] as hash,
       coalesce(array_agg(seq::int order by seq) filter (where not fits), '{}') as broken
     from judged`,
    [done, after, PAGE],
  );
  const [row] = rows;
  if (row === undefined || row.seq === null || row.hash === null) return null;
  return { entries: row.entries, head: { seq: row.seq, hash: row.hash }, broken: row.broken };
}

async function findLost(db: Queryable, heads: readonly AuditHead[]): Promise<AuditHead[]> {
  const { rows } = await db.query<AuditHead>(
    `select h.seq, h.hash from unnest($1::bigint[], $2::text[]) as h (seq, hash)
     where not exists (
       select from audit.entry e where e.seq = h.seq and encode(e.hash, 'hex') = h.hash)
     order by h.seq`,
    [heads.map(({ seq }) => seq), heads.map(({ hash }) => hash)],
  );
  return rows;
}

async function findGuardsOff(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select g.name from unnest(array['chain', 'refuse']) as g (name)
     where not exists (
       select from pg_trigger t
       where t.tgrelid = 'audit.entry'::regclass and t.tgname = g.name and t.tgenabled in ('O', 'A'))`,
  );
  return rows.map(({ name }) => name);
}

/** The end of the chain now; null while nothing was ever audited. */
export async function readHead(db: Queryable): Promise<AuditHead | null> {
  const { rows } = await db.query<AuditHead>(
    "select seq, encode(hash, 'hex') as hash from audit.entry order by seq desc limit 1",
  );
  return rows[0] ?? null;
}

/** One entry as it is shown and exported. */
export type StoredEntry = Readonly<{
  seq: number;
  at: Date;
  actor: string;
  action: string;
  entity: string;
  reason: string;
  detail: Readonly<Record<string, unknown>>;
  hash: string;
}>;

const COLUMNS = "seq, at, actor, action, entity, reason, detail, encode(hash, 'hex') as hash";

/** The next entries after this number, oldest first: what an export reads page by page. */
export async function readEntriesAfter(
  db: Queryable,
  after: number,
  limit: number,
): Promise<StoredEntry[]> {
  const { rows } = await db.query<StoredEntry>(
    `select ${COLUMNS} from audit.entry where seq > $1::bigint order by seq limit $2::int`,
    [after, limit],
  );
  return rows;
}

export type AuditFilter = Readonly<{
  /** Exactly this short id, login or study; null for all. */
  entity: string | null;
  /** Only older than this number; null for the newest. */
  before: number | null;
  limit: number;
}>;

/** Entries for people to read, newest first. */
export async function readEntries(db: Queryable, filter: AuditFilter): Promise<StoredEntry[]> {
  const { rows } = await db.query<StoredEntry>(
    `select ${COLUMNS} from audit.entry
     where ($1::text is null or entity = $1::text) and ($2::bigint is null or seq < $2::bigint)
     order by seq desc limit $3::int`,
    [filter.entity, filter.before, filter.limit],
  );
  return rows;
}
