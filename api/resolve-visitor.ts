import { createMiddleware } from "hono/factory";
import { hashToken } from "../auth/secret-token.ts";
import type { Visitor } from "../auth/visitor.ts";
import { DEMO_VISITOR } from "../auth/visitor.ts";
import { readSession } from "../sql/staff-sessions.ts";
import type { DemoGate } from "./demo-gate.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { SecretCookie } from "./session-cookie.ts";

/** What needs nobody: these must answer when the database does not. */
const OPEN = /^\/(healthz$|assets\/|favicon\.ico$)/;

/** Resolves who asks: whose session the cookie is, else the demo coordinator in demo mode, else nobody. */
export function resolveVisitor({
  db,
  demo,
  cookie,
}: Readonly<{ db: AppDeps["db"]; demo: DemoGate; cookie: SecretCookie }>) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set("visitor", null);
    c.set("demo", false);
    if (!OPEN.test(c.req.path)) {
      const isDemo = await demo();
      c.set("demo", isDemo);
      const hash = hashToken(cookie.read(c));
      const session = hash && (await readSession(db, hash, { use: isUse(c.req) }));
      c.set("visitor", session ? visitorOf(session) : isDemo ? DEMO_VISITOR : null);
    }
    await next();
  });
}

/** A page left open asks by itself for what is new: that is nobody using it, and does not keep a session alive. */
function isUse(request: {
  method: string;
  path: string;
  header(name: string): string | undefined;
}) {
  const byItself = request.method === "GET" && request.header("HX-Request") === "true";
  return !byItself && request.path !== "/events";
}

function visitorOf({
  staffId,
  login,
  role,
  site,
}: NonNullable<Awaited<ReturnType<typeof readSession>>>): Visitor {
  return { name: login, role, site, staffId };
}
