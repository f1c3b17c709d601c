import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import type { Action, Role } from "./can.ts";
import { can } from "./can.ts";

/** Who is looking at the page. */
export type Visitor = Readonly<{ name: string; role: Role }>;

export type VisitorEnv = { Variables: { visitor: Visitor | null } };

const DEMO: Visitor = { name: "demo coordinator", role: "coordinator" };

/** Resolves the visitor of a request: the demo coordinator in demo mode, else nobody. */
export function resolveVisitor(demo: boolean) {
  return createMiddleware<VisitorEnv>(async (c, next) => {
    c.set("visitor", demo ? DEMO : null);
    await next();
  });
}

/** Lets a request through only if its visitor may do this: 401 without a visitor, 403 without the right. */
export function requires(action: Action) {
  return createMiddleware<VisitorEnv>(async (c, next) => {
    const visitor = c.get("visitor");
    if (visitor === null) throw new HTTPException(401);
    if (!can(visitor.role, action)) throw new HTTPException(403);
    await next();
  });
}
