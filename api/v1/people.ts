import { createRoute, z } from "@hono/zod-openapi";
import type { PeopleAsked } from "../../sql/read-people.ts";
import { readDevices, readMetrics, readPeople, readStudies } from "../../sql/read-people.ts";
import type { AppDeps } from "../deps.ts";
import { withPatience } from "../status-reader.ts";
import { Name, OfPerson, Page, Slug } from "./asked.ts";
import { IdPlace, nextCursor, placeOf } from "./cursor.ts";
import { Unprocessable } from "./problem.ts";
import { allows, apiRoutes, boundOf, failures, json, pageOf, reachPerson } from "./routing.ts";
import { Device, Metric, Person, Study } from "./schemas.ts";

const tags = ["People and devices"];
const middleware = [allows("data.read")];

const studies = createRoute({
  method: "get",
  path: "/studies",
  operationId: "listStudies",
  tags,
  summary: "Studies with their sites and arms",
  middleware,
  responses: {
    200: json("All you may see.", z.strictObject({ items: z.array(Study) })),
    ...failures,
  },
});

const metrics = createRoute({
  method: "get",
  path: "/metrics",
  operationId: "listMetrics",
  tags,
  summary: "What can be measured, in which unit",
  middleware,
  responses: {
    200: json("The registry.", z.strictObject({ items: z.array(Metric) })),
    ...failures,
  },
});

const participants = createRoute({
  method: "get",
  path: "/participants",
  operationId: "listParticipants",
  tags,
  summary: "Participants by id",
  middleware,
  request: {
    query: Page.extend({
      study: Slug.optional().openapi({ description: "One that you may see; else 422." }),
      site: Name.optional().openapi({ description: "One of the study's, or of any study's." }),
      arm: Name.optional().openapi({ description: "One of the study's, or of any study's." }),
      state: Person.shape.state.optional(),
    }),
  },
  responses: { 200: json("A page of them.", pageOf(Person)), ...failures },
});

const participant = createRoute({
  method: "get",
  path: "/participants/{id}",
  operationId: "getParticipant",
  tags,
  summary: "One participant",
  middleware,
  request: { params: OfPerson },
  responses: { 200: json("Their state and the three clocks.", Person), ...failures },
});

const devices = createRoute({
  method: "get",
  path: "/participants/{id}/devices",
  operationId: "listDevices",
  tags,
  summary: "What is or was paired",
  middleware,
  request: { params: OfPerson },
  responses: {
    200: json("The last to sync first.", z.strictObject({ items: z.array(Device) })),
    ...failures,
  },
});

type Group = Pick<PeopleAsked, "study" | "site" | "arm" | "bound">;

/** Refuses a study, site or arm that who asks cannot see or nobody has: an empty list would say that it is empty. */
async function mustBeThere(db: AppDeps["db"], { study, site, arm, bound }: Group): Promise<void> {
  if (study === null && site === null && arm === null) return;
  const all = await withPatience(readStudies(db, bound));
  const studies = all.filter((each) => study === null || each.study === study);
  const unknown = [
    studies.length === 0 && "study",
    site !== null && !studies.some(({ sites }) => sites.includes(site)) && "site",
    arm !== null && !studies.some(({ arms }) => arms.includes(arm)) && "arm",
  ].filter((field) => field !== false);
  if (unknown.length === 0) return;
  const message = "is none that you may see; /api/v1/studies lists them";
  throw new Unprocessable(unknown.map((field) => ({ in: "query", field, message })));
}

/** Studies, participants, devices and the registry of metrics. */
export function peopleRoutes({ db }: Pick<AppDeps, "db">) {
  return apiRoutes()
    .openapi(studies, async (c) =>
      c.json({ items: await withPatience(readStudies(db, boundOf(c))) }, 200),
    )
    .openapi(metrics, async (c) => c.json({ items: await withPatience(readMetrics(db)) }, 200))
    .openapi(participants, async (c) => {
      const { limit, cursor, study, site, arm, state } = c.req.valid("query");
      const asked = {
        study: study ?? null,
        site: site ?? null,
        arm: arm ?? null,
        state: state ?? null,
        bound: boundOf(c),
        after: placeOf(cursor, IdPlace),
        limit,
      };
      const [items] = await Promise.all([
        withPatience(readPeople(db, asked)),
        mustBeThere(db, asked),
      ]);
      return c.json(
        { items, next_cursor: nextCursor(items, limit, ({ participant: id }) => id) },
        200,
      );
    })
    .openapi(participant, async (c) =>
      c.json(await reachPerson(c, db, { id: c.req.valid("param").id }), 200),
    )
    .openapi(devices, async (c) => {
      const person = await reachPerson(c, db, { id: c.req.valid("param").id });
      return c.json({ items: await withPatience(readDevices(db, person.participant)) }, 200);
    });
}
