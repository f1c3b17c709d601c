import { createHash } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { findParticipant } from "../../sql/participants.ts";
import type { RangeState } from "../../sql/range-state.ts";
import { readRangeState } from "../../sql/range-state.ts";
import type { MetricSeries, PointsAsked, Resolution } from "../../sql/read-series.ts";
import { RESOLUTIONS, readMetricSeries, VALUE_SETS } from "../../sql/read-series.ts";
import type { AppDeps, AppEnv } from "../deps.ts";
import { withPatience } from "../status-reader.ts";
import { limitOf, MetricName, OfPerson, timed } from "./asked.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import { Unprocessable } from "./problem.ts";
import { allows, apiRoutes, failures, reachPerson } from "./routing.ts";
import { allPoints, Place, readPage, sampleOf } from "./sample-pages.ts";
import { Sample, Samples } from "./schemas.ts";
import { Format, sendRows, streamed } from "./stream.ts";

/** auto never answers with more points a series. */
const AUTO_POINTS = 2000;
const MOST_POINTS = 10_000;
const MINUTE_MS = 60_000;

const samples = createRoute({
  method: "get",
  path: "/participants/{id}/samples",
  operationId: "getSamples",
  tags: ["Measurements"],
  summary: "A metric over time: measured, imputed, or both",
  description:
    "auto takes minutes for up to 33 hours, hours for up to 83 days, days beyond. Buckets that the range touches are " +
    "whole. An answer about days that are all final has an ETag. What aggregate_behind says of a page, the header " +
    "Wearflow-Aggregate-Behind: true says of any answer, streams too. Where a deployment keeps samples for a limited " +
    "time, what needs older ones is a 422 that says from when on they are kept.",
  middleware: [allows("data.read")],
  request: {
    params: OfPerson,
    query: timed({
      metric: MetricName.openapi({ example: "heart_rate" }),
      resolution: z.enum(["auto", ...RESOLUTIONS]).default("auto"),
      values: z.enum(VALUE_SETS).default("measured").openapi({
        description:
          "analysis: the measured value, else the imputed one. Not for primary endpoints.",
      }),
      limit: limitOf(AUTO_POINTS, MOST_POINTS),
      format: Format,
    }),
  },
  responses: {
    200: {
      description: "The metric's values, the oldest first.",
      content: { "application/json": { schema: Samples }, ...streamed },
    },
    304: { description: "As you have it (If-None-Match)." },
    ...failures,
  },
});

const COLUMNS = Object.keys(Sample.shape);

/** A participant's values of one metric. */
export function sampleRoutes({ db }: Pick<AppDeps, "db">) {
  return apiRoutes().openapi(samples, async (c) => {
    const { id } = c.req.valid("param");
    const query = c.req.valid("query");
    const { series, participantId } = await findSeries(c, db, { id, metric: query.metric });
    const resolution = resolve(query);
    const range = { ...query, resolution, participantId, seriesIds: series.seriesIds };
    // The state before the values, so that a tag is never of something newer than what it comes with.
    const state = await withPatience(readRangeState(db, range));
    const partHours = resolution === "day" && state.partHoursFrom !== null;
    const asked = { ...query, participantId, series, resolution, partHours };
    mustBeKept(asked, state);
    if (isKnown(c, state, query)) return c.body(null, 304);
    const behind = tellBehind(c, asked, state);
    if (query.format !== "json") {
      const file = { format: query.format, columns: COLUMNS, name: `${id}-${query.metric}` };
      return sendRows(c, file, allPoints(db, asked));
    }
    const limit = query.resolution === "auto" ? Math.min(query.limit, AUTO_POINTS) : query.limit;
    const { found, next } = await readPage(db, { ...asked, limit }, placeOf(query.cursor, Place));
    const { metric, unit } = series;
    const answer = { participant: id, metric, unit, values: query.values };
    return c.json(
      {
        ...answer,
        resolution,
        closed: state.closed !== null,
        aggregate_behind: behind,
        samples: found.map(sampleOf),
        next_cursor: next && cursorOf(next),
      },
      200,
    );
  });
}

/** Asked side by side: each turn waits for whatever the one session of the embedded database is at. */
async function findSeries(
  c: Context<AppEnv>,
  db: AppDeps["db"],
  { id, metric }: Readonly<{ id: string; metric: string }>,
): Promise<Readonly<{ participantId: number; series: MetricSeries }>> {
  const [, person, series] = await Promise.all([
    reachPerson(c, db, { id }),
    withPatience(findParticipant(db, id)),
    withPatience(readMetricSeries(db, metric)),
  ]);
  if (person === null) throw new HTTPException(404);
  return { participantId: person.id, series: mustBeSampled(series) };
}

/** A metric that is stored by the instant; of nights and daily values there are other addresses, of some metrics none. */
function mustBeSampled(series: MetricSeries | null): MetricSeries {
  if (series !== null && (series.kind === "sample" || series.kind === "interval")) return series;
  const message = series === null ? "is no metric; /api/v1/metrics lists them" : elsewhere(series);
  throw new Unprocessable([{ in: "query", field: "metric", message }]);
}

function elsewhere({ metric, kind }: MetricSeries): string {
  if (kind === "daily") return "is of kind daily: see daily-values";
  return metric === "sleep" ? "is of kind session: see sleep" : "is not served by the API yet";
}

type Asked = Readonly<{ from: Date; to: Date; resolution: Resolution | "auto" }>;

/** The finest resolution whose buckets number fewer than auto may answer with. */
function resolve({ from, to, resolution }: Asked): Resolution {
  if (resolution !== "auto") return resolution;
  const minutes = (to.getTime() - from.getTime()) / MINUTE_MS;
  // A range may touch one bucket more than its length holds.
  const fits = (bucketMinutes: number) => minutes / bucketMinutes <= AUTO_POINTS - 1;
  if (fits(1)) return "minute";
  if (fits(60)) return "hour";
  if (fits(23 * 60)) return "day";
  const message =
    "is too long for auto: ask for at most five years at a time, or by day with a cursor";
  throw new Unprocessable([{ in: "query", field: "to", message }]);
}

type Kind = Pick<PointsAsked, "series" | "resolution" | "values">;

/** What needs samples from before they are kept is refused: an answer would hold nothing of them, or half a day. */
function mustBeKept({ series, resolution, values }: Kind, state: RangeState): void {
  const { keptFrom, touchedFrom, partHoursFrom } = state;
  if (keptFrom === null || values === "imputed") return;
  const ofHours = isOfHours(series, resolution);
  const ofParts = resolution === "day" ? partHoursFrom : null;
  const needed = ofHours ? ofParts : touchedFrom;
  if (needed === null || needed >= keptFrom) return;
  const instead = ofHours
    ? "days that begin at half past an hour need them: ask by the hour, or for days that begin later"
    : `ask for what begins later${series.dense ? ", or for hours or days, which are kept" : ""}`;
  const message = `samples from before ${keptFrom.toISOString()} are no longer kept; ${instead}`;
  throw new Unprocessable([{ in: "query", field: "from", message }]);
}

/** Whether what was measured comes from the hourly aggregate. */
const isOfHours = ({ dense }: MetricSeries, resolution: Resolution) =>
  dense && (resolution === "hour" || resolution === "day");

/** Says in a header whether the hourly aggregate lacks something of what is answered from it, and returns it. */
function tellBehind(
  c: Context<AppEnv>,
  { series, resolution, values }: Kind,
  { pending }: RangeState,
): boolean {
  const behind = pending && values !== "imputed" && isOfHours(series, resolution);
  if (behind) c.header("Wearflow-Aggregate-Behind", "true");
  return behind;
}

/** Everything else an answer depends on, as a part of its tag. */
function wordOf(asked: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url").slice(0, 16);
}

/** Tells the tag of an answer that will not change by itself, and whether who asks has it already. */
function isKnown(
  c: Context<AppEnv>,
  { closed }: RangeState,
  query: Readonly<Record<string, unknown>>,
): boolean {
  if (closed === null) return false;
  const tag = `W/"${closed}-${wordOf(query)}"`;
  c.header("ETag", tag);
  c.header("Cache-Control", "private, max-age=0, must-revalidate");
  const known = (c.req.header("If-None-Match") ?? "").split(",").map((each) => each.trim());
  return known.includes("*") || known.some((each) => each.replace(/^W\//, "") === tag.slice(2));
}
