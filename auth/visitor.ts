import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import type { Action, Holder, Subject } from "./can.ts";
import { can } from "./can.ts";

/**
 * Who is looking at the page. The demo coordinator is nobody's account and has no `staffId`; a program that comes with
 * somebody's token may do what its scopes say and no more.
 */
export type Visitor = Holder &
  Readonly<{ name: string; staffId: number | null; scopes?: readonly ("read" | "run")[] }>;

export type VisitorEnv = { Variables: { visitor: Visitor | null; demo: boolean } };

export const DEMO_VISITOR: Visitor = {
  name: "demo coordinator",
  role: "coordinator",
  site: null,
  staffId: null,
};

/** Lets a request through only if its visitor may do this: 401 without a visitor, 403 without the right. */
export function requires(action: Action) {
  return createMiddleware<VisitorEnv>(async (c, next) => {
    const visitor = c.get("visitor");
    if (visitor === null) throw new HTTPException(401);
    if (!can(visitor, action)) throw new HTTPException(403);
    await next();
  });
}

/** Those of these participants to whom the visitor may do this. */
export function reachable<Person extends Subject>(
  visitor: Visitor | null,
  action: Action,
  people: readonly Person[],
): readonly Person[] {
  return visitor === null ? [] : people.filter((person) => can(visitor, action, person));
}

/**
 * Refuses what the visitor may not do to this participant. Somebody of another site's is not there for them: 404, as
 * for an id that nobody has.
 */
export function mustReach(visitor: Visitor | null, action: Action, about: Subject): void {
  if (visitor === null || !can(visitor, action, about)) throw new HTTPException(404);
}
