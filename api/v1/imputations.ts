import { createRoute, z } from "@hono/zod-openapi";
import { writeAudit } from "../../sql/audit.ts";
import { readImputationRuns } from "../../sql/read-imputations.ts";
import type { AppDeps } from "../deps.ts";
import { withPatience } from "../status-reader.ts";
import { Day, datedPage, limitOf, OfPerson, OfPersonDay, openDays } from "./asked.ts";
import { NumberPlace, nextCursor, placeOf } from "./cursor.ts";
import { Unavailable } from "./problem.ts";
import { allows, apiRoutes, conflict, failures, json, pageOf, reachPerson } from "./routing.ts";
import { Draws, ImputationRun, Started } from "./schemas.ts";

const tags = ["Imputation"];

const runs = createRoute({
  method: "get",
  path: "/participants/{id}/imputation-runs",
  operationId: "listImputationRuns",
  tags,
  summary: "How gaps were filled, or why not",
  middleware: [allows("data.read")],
  request: {
    params: OfPerson,
    query: datedPage({
      state: z.enum(["current", "all"]).default("current").openapi({
        description: "all: those that a newer run of their day superseded, too.",
      }),
    }),
  },
  responses: { 200: json("A page.", pageOf(ImputationRun)), ...failures },
});

const draws = createRoute({
  method: "get",
  path: "/participants/{id}/days/{day}/draws",
  operationId: "getDraws",
  tags,
  summary: "Draws of a day's filled gaps, for multiple imputation",
  description: "The same each time. 20 are enough for Rubin's rules.",
  middleware: [allows("data.read")],
  request: { params: OfPersonDay, query: z.object({ count: limitOf(20, 100) }) },
  responses: {
    200: json("Paths, a value a minute.", Draws),
    ...failures,
    ...conflict,
  },
});

const start = createRoute({
  method: "post",
  path: "/participants/{id}/imputation",
  operationId: "startImputation",
  tags,
  summary: "Fill the gaps from a day on",
  description: "Nothing changes where nothing new is known. One run a participant at a time.",
  middleware: [allows("imputation.start")],
  request: { params: OfPerson, query: z.object({ since: Day }) },
  responses: { 202: json("It is under way.", Started), ...failures },
});

const fetchNow = createRoute({
  method: "post",
  path: "/participants/{id}/fetch",
  operationId: "fetchNow",
  tags: ["People and devices"],
  summary: "Fetch their data now",
  middleware: [allows("participant.fetch")],
  request: { params: OfPerson },
  responses: { 202: json("It is asked for.", Started), ...failures },
});

type Deps = Pick<AppDeps, "db" | "log" | "fetchNow" | "imputation">;

/** Imputation runs and draws; what a program may have started. */
export function imputationRoutes({ db, log, fetchNow: trigger, imputation }: Deps) {
  return apiRoutes()
    .openapi(runs, async (c) => {
      const { participant } = await reachPerson(c, db, c.req.valid("param"));
      const { limit, cursor, state, ...range } = c.req.valid("query");
      const after = placeOf(cursor, NumberPlace) ?? 0;
      const asked = { ...openDays(range), current: state === "current", after, limit };
      const items = await withPatience(readImputationRuns(db, participant, asked));
      return c.json({ items, next_cursor: nextCursor(items, limit, (run) => run.run_id) }, 200);
    })
    .openapi(draws, async (c) => {
      const { id, day } = c.req.valid("param");
      const { participant } = await reachPerson(c, db, { id });
      if (!imputation) throw new Unavailable();
      const asked = { participant, day, count: c.req.valid("query").count };
      const gaps = (await imputation.draws(asked)).map(({ startsAt, seed, paths }) => ({
        starts_at: startsAt.toISOString(),
        seed,
        paths: paths.map((path) => Array.from(path)),
      }));
      return c.json({ participant, day, unit: "bpm", gaps }, 200);
    })
    .openapi(start, async (c) => {
      const { id } = c.req.valid("param");
      const person = await reachPerson(c, db, { id, action: "imputation.start" });
      const { since } = c.req.valid("query");
      await startOr503(log, () => imputation?.start(person, since));
      await note("imputation.start", person.participant, c.get("visitor")?.name, { since });
      return c.json({ participant: person.participant, started: "imputation" as const }, 202);
    })
    .openapi(fetchNow, async (c) => {
      const { id } = c.req.valid("param");
      const person = await reachPerson(c, db, { id, action: "participant.fetch" });
      const { participant: shortId, study } = person;
      await startOr503(log, () => trigger?.({ shortId, study }));
      await note("participant.fetch", shortId, c.get("visitor")?.name, {});
      return c.json({ participant: shortId, started: "fetch" as const }, 202);
    });

  function note(
    action: string,
    entity: string,
    actor = "",
    detail: Readonly<Record<string, string>>,
  ) {
    return writeAudit(db, { actor, action, entity, reason: "asked for through the API", detail });
  }
}

/** Starts something; that nothing could be started is said, and never taken for done. */
async function startOr503(
  log: AppDeps["log"],
  begin: () => Promise<void> | undefined,
): Promise<void> {
  try {
    const begun = begin();
    if (begun === undefined) throw new Error("not offered here");
    await begun;
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.name : "?" }, "nothing could be started");
    throw new Unavailable();
  }
}
