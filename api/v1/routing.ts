import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { Action } from "../../auth/can.ts";
import { can } from "../../auth/can.ts";
import { mustReach } from "../../auth/visitor.ts";
import type { PersonRow } from "../../sql/read-people.ts";
import { readPerson } from "../../sql/read-people.ts";
import type { StaffSite } from "../../sql/staff.ts";
import type { AppDeps, AppEnv } from "../deps.ts";
import { withPatience } from "../status-reader.ts";
import { fieldErrors, Unprocessable } from "./problem.ts";
import { NextCursor, Problem } from "./schemas.ts";

/** Routes whose parameters are judged by their schemas: what does not fit is answered field by field. */
export function apiRoutes(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new Unprocessable(fieldErrors(result.target, result.error));
    },
  });
}

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

/** What every route may answer instead. */
export const failures = {
  401: problem("Nobody is signed in, or the token is not good (any more)."),
  403: problem("The role, or the token's scope, does not include this."),
  404: problem("There is no such address, or nothing with this id that you may see."),
  422: problem("What was asked does not fit; the problem says which field and why."),
  503: problem(
    "The database or the workflow server does not answer; nothing is empty, and nothing was done.",
  ),
};
export const conflict = {
  409: problem("It cannot be done as things stand; the problem says why."),
};

export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

/** A page of rows. */
export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({
    items: z.array(row),
    next_cursor: NextCursor,
  });

/** The site that who asks is bound to; null for every site. */
export function boundOf(c: Context<AppEnv>): StaffSite | null {
  return c.get("visitor")?.site ?? null;
}

/** The participant of the address, as far as who asks may see them: else 404, as for an id nobody has. */
export async function reachPerson(
  c: Context<AppEnv>,
  db: AppDeps["db"],
  { id, action = "data.read" }: Readonly<{ id: string; action?: Action }>,
): Promise<PersonRow> {
  const person = await withPatience(readPerson(db, id));
  if (person === null) throw new HTTPException(404);
  mustReach(c.get("visitor"), action, person);
  return person;
}

/** Lets through who may do this, by role and by the scope of the token: reading needs read, all else run. */
export function allows(action: Action) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const visitor = c.get("visitor");
    if (visitor === null) throw new HTTPException(401);
    if (!can(visitor, action)) throw new HTTPException(403);
    const scope = ["GET", "HEAD"].includes(c.req.method) ? "read" : "run";
    if (visitor.scopes && !visitor.scopes.includes(scope)) throw new HTTPException(403);
    await next();
  });
}
