import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { hashToken } from "../auth/secret-token.ts";
import type { Visitor } from "../auth/visitor.ts";
import { DEMO_VISITOR } from "../auth/visitor.ts";
import type { TokenHolder } from "../sql/api-tokens.ts";
import { readApiToken } from "../sql/api-tokens.ts";
import { readSession } from "../sql/staff-sessions.ts";
import type { DemoGate } from "./demo-gate.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { SecretCookie } from "./session-cookie.ts";
import { bearerOf, isApi } from "./v1/bearer.ts";

/** What needs nobody: these must answer when the database does not. */
const OPEN = /^\/(healthz$|assets\/|favicon\.ico$)/;

/**
 * Resolves who asks: whose session the cookie is, else the demo coordinator in demo mode, else nobody. To the API a
 * program may come with a token instead; then it is the token's and nobody else, also where it is not good.
 */
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
      c.set("visitor", await visitorOf(c, isDemo));
    }
    await next();
  });

  async function visitorOf(c: Context<AppEnv>, isDemo: boolean): Promise<Visitor | null> {
    const bearer = isApi(c) ? bearerOf(c) : undefined;
    if (bearer !== undefined) return programWith(bearer);
    const hash = hashToken(cookie.read(c));
    const session = hash && (await readSession(db, hash, { use: isUse(c.req) }));
    return session ? personOf(session) : isDemo ? DEMO_VISITOR : null;
  }

  async function programWith(bearer: string): Promise<Visitor | null> {
    const hash = hashToken(bearer);
    const holder = hash && (await readApiToken(db, hash));
    return holder && programOf(holder);
  }
}

function programOf({ staffId, login, token, role, site, scopes }: TokenHolder): Visitor {
  return { name: `${login} by token ${token}`, role, site, staffId, scopes };
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

function personOf({
  staffId,
  login,
  role,
  site,
}: NonNullable<Awaited<ReturnType<typeof readSession>>>): Visitor {
  return { name: login, role, site, staffId };
}
