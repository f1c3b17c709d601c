import { createRoute, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import type { DayRow } from "../../sql/read-days.ts";
import {
  readDailyValues,
  readDays,
  readGaps,
  readSleep,
  readStudyDays,
} from "../../sql/read-days.ts";
import { readStudies } from "../../sql/read-people.ts";
import type { MetricSeries } from "../../sql/read-series.ts";
import { readMetricSeries } from "../../sql/read-series.ts";
import type { AppDeps } from "../deps.ts";
import { withPatience } from "../status-reader.ts";
import {
  DaysPage,
  dated,
  datedPage,
  MetricName,
  OfPerson,
  openDays,
  Slug,
  TimePage,
} from "./asked.ts";
import { DayPlace, InstantPlace, nextCursor, placeOf } from "./cursor.ts";
import { Unprocessable } from "./problem.ts";
import { allows, apiRoutes, boundOf, failures, json, pageOf, reachPerson } from "./routing.ts";
import { Daily, Day, Gap, Sleep } from "./schemas.ts";
import { StreamFormat, sendRows, streamed } from "./stream.ts";

const middleware = [allows("data.read")];
const tags = ["Days and nights"];

/** A page about one participant. */
const ofPerson = <Query extends z.ZodType, Row extends z.ZodType>(
  path: string,
  summary: string,
  query: Query,
  row: Row,
) =>
  createRoute({
    method: "get",
    path: `/participants/{id}/${path}`,
    operationId: `list-${path}`.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    tags,
    summary,
    middleware,
    request: { params: OfPerson, query: query as Query & z.ZodObject },
    responses: { 200: json("A page.", pageOf(row)), ...failures },
  });

const days = ofPerson("days", "Local days from the ledger", DaysPage, Day);
const gaps = ofPerson("gaps", "Missing stretches, each with its cause", TimePage, Gap);
const sleep = ofPerson("sleep", "Sleeps with their stages", DaysPage, Sleep);
const daily = ofPerson(
  "daily-values",
  "Values of whole days",
  datedPage({
    metric: MetricName.openapi({
      description: "Of kind daily; /api/v1/metrics lists them.",
      example: "daily_steps",
    }),
  }),
  Daily,
);

const studyDays = createRoute({
  method: "get",
  path: "/studies/{study}/days",
  operationId: "streamStudyDays",
  tags,
  summary: "Every local day of everybody in a study, streamed",
  middleware,
  request: {
    params: z.object({ study: Slug.openapi({ param: { name: "study", in: "path" } }) }),
    query: dated({ format: StreamFormat }),
  },
  responses: { 200: { description: "By participant and day.", content: streamed }, ...failures },
});

/** Participants whose days are read at once: a year of each is some 18,000 rows. */
const PEOPLE_AT_ONCE = 50;
const COLUMNS = Object.keys(Day.shape);

/** The ledger's days, gaps, sleeps and daily values. */
export function dayRoutes({ db }: Pick<AppDeps, "db">) {
  return apiRoutes()
    .openapi(days, async (c) => {
      const { participant } = await reachPerson(c, db, c.req.valid("param"));
      const { limit, cursor, ...range } = c.req.valid("query");
      const asked = { ...openDays(range), after: placeOf(cursor, DayPlace), limit };
      const items = await withPatience(readDays(db, participant, asked));
      return c.json({ items, next_cursor: nextCursor(items, limit, ({ day }) => day) }, 200);
    })
    .openapi(gaps, async (c) => {
      const { participant } = await reachPerson(c, db, c.req.valid("param"));
      const { limit, cursor, from, to } = c.req.valid("query");
      const asked = { from, to, after: placeOf(cursor, InstantPlace), limit };
      const items = await withPatience(readGaps(db, participant, asked));
      return c.json({ items, next_cursor: nextCursor(items, limit, (gap) => gap.starts_at) }, 200);
    })
    .openapi(sleep, async (c) => {
      const { participant } = await reachPerson(c, db, c.req.valid("param"));
      const { limit, cursor, ...range } = c.req.valid("query");
      const asked = { ...openDays(range), after: placeOf(cursor, DayPlace), limit };
      const items = await withPatience(readSleep(db, participant, asked));
      return c.json({ items, next_cursor: nextCursor(items, limit, ({ day }) => day) }, 200);
    })
    .openapi(daily, async (c) => {
      const { limit, cursor, metric, ...range } = c.req.valid("query");
      const [{ participant }, known] = await Promise.all([
        reachPerson(c, db, c.req.valid("param")),
        withPatience(readMetricSeries(db, metric)),
      ]);
      mustBeDaily(known);
      const asked = { ...openDays(range), metric, after: placeOf(cursor, DayPlace), limit };
      const items = await withPatience(readDailyValues(db, participant, asked));
      return c.json({ items, next_cursor: nextCursor(items, limit, ({ day }) => day) }, 200);
    })
    .openapi(studyDays, async (c) => {
      const { study } = c.req.valid("param");
      const known = await withPatience(readStudies(db, boundOf(c)));
      if (!known.some((each) => each.study === study)) throw new HTTPException(404);
      const { format, ...range } = c.req.valid("query");
      const batches = allDays(db, { ...openDays(range), study, bound: boundOf(c) });
      return sendRows(c, { format, columns: COLUMNS, name: `${study}-days` }, batches);
    });
}

/** A metric whose values are of whole days; any other has none, which an empty list would not say. */
function mustBeDaily(metric: MetricSeries | null): void {
  if (metric?.kind === "daily") return;
  const listed = "/api/v1/metrics lists those of kind daily";
  const sampled = metric?.kind === "sample" || metric?.kind === "interval";
  const message =
    metric === null
      ? `is no metric; ${listed}`
      : `is of kind ${metric.kind}: ${sampled ? "see samples" : listed}`;
  throw new Unprocessable([{ in: "query", field: "metric", message }]);
}

type AllDays = Omit<Parameters<typeof readStudyDays>[1], "after" | "people">;

async function* allDays(
  db: AppDeps["db"],
  asked: AllDays,
): AsyncGenerator<readonly DayRow[], void, undefined> {
  let after = "";
  for (;;) {
    const page = readStudyDays(db, { ...asked, after, people: PEOPLE_AT_ONCE });
    const { last, rows } = await withPatience(page);
    if (last === null) return;
    yield rows;
    after = last;
  }
}
