import type { Queryable } from "./pool.ts";
import { bucketQuery, RAW_QUERY } from "./series-query.ts";

export const RESOLUTIONS = ["raw", "minute", "hour", "day"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export const VALUE_SETS = ["measured", "imputed", "analysis"] as const;
export type ValueSet = (typeof VALUE_SETS)[number];

/** The analysis series of a metric, of every source; samples are integers in units of 1/scale. */
export type MetricSeries = Readonly<{
  metric: string;
  unit: string;
  kind: "sample" | "interval" | "session" | "daily" | "category";
  dense: boolean;
  scale: number;
  seriesIds: readonly number[];
}>;

/** Null where there is no such metric. */
export async function readMetricSeries(
  db: Queryable,
  metric: string,
): Promise<MetricSeries | null> {
  const { rows } = await db.query<MetricSeries>(
    `select m.name as metric, m.unit, m.kind, m.dense, m.scale,
       array(select r.id from study.series r where r.metric_id = m.id and r.for_analysis order by r.id) as "seriesIds"
     from study.metric m where m.name = $1::text`,
    [metric],
  );
  return rows[0] ?? null;
}

/** What is asked of one participant: instants, half-open, oldest first, at most `limit` points. */
export type PointsAsked = Readonly<{
  participantId: number;
  series: MetricSeries;
  values: ValueSet;
  resolution: Resolution;
  /** Of days: whether some in the range, or in a longer one, begin or end where no hour of UTC does. */
  partHours: boolean;
  from: Date;
  to: Date;
  /** Raw only: the last series at `from` that was given already; several sources may have the same instant. */
  afterSeries: number;
  limit: number;
}>;

/**
 * One instant or bucket, in the metric's unit. Of a metric of kind `interval` the value is the sum, else the mean.
 * `measured` counts samples, `imputed` imputed minutes. The interval is given by the minute only: that of a mean of many
 * is not the mean of theirs.
 */
export type Point = Readonly<{
  time: Date;
  /** Where the next bucket begins; of raw the instant itself. */
  until: Date;
  day: string | null;
  value: number;
  min: number;
  max: number;
  measured: number;
  imputed: number;
  lower: number | null;
  upper: number | null;
  method: string | null;
  source: string | null;
  series_id: number | null;
}>;

/** The whole of the buckets that the range touches; see Point. Days are the participant's own, as in the ledger. */
export async function readPoints(db: Queryable, asked: PointsAsked): Promise<Point[]> {
  const { participantId, series, resolution, from, to, limit, afterSeries } = asked;
  const given = [participantId, series.seriesIds, from, to, limit, series.scale];
  if (resolution === "raw") {
    const { rows } = await db.query<Point>(RAW_QUERY[asked.values], [...given, afterSeries]);
    return rows;
  }
  const { values: set, partHours } = asked;
  const { kind, dense } = series;
  const { rows } = await db.query<Point>(
    bucketQuery({ resolution, set, kind, dense, partHours }),
    given,
  );
  return rows;
}
