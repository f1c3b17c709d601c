import type pg from "pg";

/** Stored rows, by an instant, a day or an id, with their content as text. */
type Rows = readonly Readonly<{ key: string; content: string }>[];
type Place = Readonly<{ app: pg.Pool }>;

/** From where to where one person has been read: the first local day, the sync by which, and days over by then. */
type SpanRead = Readonly<{ starts: number; sync: number; daysOver: ReadonlySet<string> }>;

/** The series that stands for each metric. */
export async function seriesIds({ app }: Place): Promise<ReadonlyMap<string, number>> {
  const { rows } = await app.query<{ id: number; metric: string }>(
    `select r.id, m.name as metric from study.series r join study.metric m on m.id = r.metric_id
     where r.for_analysis and r.source = 'google-health'`,
  );
  return new Map(rows.map(({ id, metric }) => [metric, id]));
}

/** Where nothing was read, or no sync is known, nothing is due and all that is stored is judged. */
export async function spanRead({ app }: Place, participant: string): Promise<SpanRead> {
  const { rows } = await app.query<{ day: string; starts: Date; ends: Date; sync: Date | null }>(
    `select l.day::text as day, l.starts_at as starts, l.ends_at as ends,
       min(m.read_sync_at) filter (where m.final_at is null) over () as sync
     from study.ledger l join study.participant p on p.id = l.participant_id
     join study.ledger_metric m using (participant_id, day)
     where p.short_id = $1::text order by l.day`,
    [participant],
  );
  const sync = rows[0]?.sync?.getTime() ?? 0;
  return {
    starts: rows[0]?.starts.getTime() ?? Number.POSITIVE_INFINITY,
    sync,
    daysOver: new Set(rows.filter(({ ends }) => ends.getTime() <= sync).map(({ day }) => day)),
  };
}

/** By series. */
export async function readValues(
  { app }: Place,
  participant: string,
  table: "sample" | "daily_value",
): Promise<ReadonlyMap<number, Rows>> {
  const key = table === "sample" ? "(extract(epoch from v.time) * 1000)::bigint" : "v.day";
  const { rows } = await app.query<{ series: number; key: string; content: string }>(
    `select v.series_id as series, ${key}::text as key, v.value::text as content
     from study.${table} v join study.participant p on p.id = v.participant_id
     where p.short_id = $1::text`,
    [participant],
  );
  return Map.groupBy(rows, ({ series }) => series);
}

/** By kind; of a sleep that was not processed when it was read only the id is known to be right. */
export async function readSessions(
  { app }: Place,
  participant: string,
): Promise<ReadonlyMap<string, Rows>> {
  const at = (column: string) =>
    `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const { rows } = await app.query<{ kind: string; key: string; content: string }>(
    `select s.kind, s.provider_session_id as key,
       case s.kind
         when 'exercise' then ${at("s.starts_at")} || ' ' || ${at("s.ends_at")} || ' ' || upper(s.label)
         else concat_ws(e'\\n', ${at("s.starts_at")}, ${at("s.ends_at")}, (
           select string_agg(${at("g.starts_at")} || ' ' || ${at("g.ends_at")} || ' ' || upper(g.stage), e'\\n'
             order by g.starts_at)
           from study.session_stage g where g.session_id = s.id))
       end as content
     from study.session s join study.participant p on p.id = s.participant_id
     where p.short_id = $1::text`,
    [participant],
  );
  return Map.groupBy(rows, ({ kind }) => kind);
}
