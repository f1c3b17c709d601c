import type { Queryable } from "./pool.ts";

/** What the registry says of one series that files are read into. Stored value = round(value × scale). */
export type ImportSeries = Readonly<{
  id: number;
  metric: string;
  resolution: string;
  scale: number;
  plausibleMin: number;
  plausibleMax: number;
}>;

/** Every series of a source. */
export async function readSourceSeries(db: Queryable, source: string): Promise<ImportSeries[]> {
  const { rows } = await db.query<ImportSeries>(
    `select s.id, m.name as metric, s.resolution, m.scale,
       m.plausible_min as "plausibleMin", m.plausible_max as "plausibleMax"
     from study.series s
     join study.metric m on m.id = s.metric_id
     where s.source = $1::text
     order by s.id`,
    [source],
  );
  return rows;
}
