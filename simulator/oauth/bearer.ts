import type { MiddlewareHandler } from "hono";
import { quotaExceeded, scopeInsufficient, unauthenticated } from "../google-error.ts";
import { MINUTE } from "../time.ts";
import type { RequestVariables, World } from "../world.ts";
import type { Grants } from "./grants.ts";

/** The token of an Authorization header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(header ?? "")?.[1];
}

/** Lets through who holds a live access token, and puts participant and scopes into the context. */
export function requireBearer(world: World, grants: Grants): MiddlewareHandler<RequestVariables> {
  return async (c, next) => {
    const token = bearerToken(c.req.header("authorization"));
    const claims = world.tokens.read(token);
    const participant = world.participants.get(claims?.participant ?? "");
    const now = world.clock().getTime();
    const live =
      claims?.kind === "access" && (claims.expiresAt ?? 0) > now && !grants.isRevoked(claims.grant);
    if (!live || participant === undefined) throw unauthenticated(token !== undefined);
    c.set("participant", participant);
    c.set("scopes", claims.scope.split(" "));
    await next();
  };
}

/** Throws the 403 of a scope that the participant did not tick. */
export function requireScope(granted: readonly string[], needed: string): void {
  if (!granted.includes(needed)) throw scopeInsufficient();
}

/** Google's quota per participant: a bucket that refills evenly over a minute; 429 without Retry-After. */
export function limitRequests(world: World): MiddlewareHandler<RequestVariables> {
  const { requestsPerMinute } = world;
  const buckets = new Map<string, { tokens: number; at: number }>();
  return async (c, next) => {
    const { id } = c.get("participant");
    const now = world.clock().getTime();
    const bucket = buckets.get(id) ?? { tokens: requestsPerMinute, at: now };
    const refill = (Math.max(0, now - bucket.at) / MINUTE) * requestsPerMinute;
    const tokens = Math.min(requestsPerMinute, bucket.tokens + refill);
    buckets.set(id, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    if (tokens < 1) throw quotaExceeded();
    await next();
  };
}
