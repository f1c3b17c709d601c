import type { SeriesRule } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

export type Series = SeriesRule & Readonly<{ id: number; source: string }>;

const SELECT = `
  select s.id, s.source, m.name as metric, coalesce(s.data_type, '') as "dataType", s.family, s.resolution, m.scale,
    m.plausible_min as "plausibleMin", m.plausible_max as "plausibleMax"
  from study.series s
  join study.metric m on m.id = s.metric_id`;

/** The series the analysis of a metric reads from a source, with the registry's rule for its values. */
export async function readAnalysisSeries(
  db: Queryable,
  metric: SeriesRule["metric"],
  source: string,
): Promise<Series> {
  const { rows } = await db.query<Series>(
    `${SELECT} where m.name = $1::text and s.source = $2::text and s.for_analysis`,
    [metric, source],
  );
  return only(rows, `series of ${metric} from ${source}`);
}

/** Every series of a metric that analysis or wear reads from a source. */
export async function readSeriesOf(
  db: Queryable,
  metric: SeriesRule["metric"],
  source: string,
): Promise<Series[]> {
  const { rows } = await db.query<Series>(
    `${SELECT}
     where m.name = $1::text and s.source = $2::text and (s.for_analysis or s.for_wear) order by s.id`,
    [metric, source],
  );
  return rows;
}

/** Every series that analysis or wear reads from a source. */
export async function readSeriesFrom(db: Queryable, source: string): Promise<Series[]> {
  const { rows } = await db.query<Series>(
    `${SELECT} where s.source = $1::text and (s.for_analysis or s.for_wear) order by s.id`,
    [source],
  );
  return rows;
}

/** The series whose refused readings can be tried again, with the registry's rule of today. */
export async function seriesWithKept(db: Queryable, source: string): Promise<Series[]> {
  const { rows } = await db.query<Series>(
    `${SELECT}
     where s.source = $1::text and exists (select from study.quarantine q where q.series_id = s.id)
     order by s.id`,
    [source],
  );
  return rows;
}
