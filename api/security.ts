import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { timeout } from "hono/timeout";
import type { VisitorEnv } from "../auth/visitor.ts";

const NONE = "'none'";
const SELF = "'self'";

/** The headers of every response, errors and JSON too: scripts by nonce only, DOM sinks for htmx only. */
export function strictHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: [NONE],
      scriptSrc: [NONCE],
      styleSrc: [SELF],
      imgSrc: [SELF],
      connectSrc: [SELF],
      formAction: [SELF],
      frameSrc: [SELF],
      frameAncestors: [NONE],
      baseUri: [NONE],
      objectSrc: [NONE],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["htmx"],
    },
    strictTransportSecurity: "max-age=31536000; includeSubDomains",
    xFrameOptions: "DENY",
    // Not no-referrer: with it a browser sends our own forms with the Origin "null" over plain HTTP.
    referrerPolicy: "same-origin",
  });
}

/** A message shown as it will be sent: no script, no origin of its own, and only in a frame of ours. */
const PREVIEW_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'";

/** What a route says about its own page goes before what holds for all: asked for by `previewed`. */
export const previewHeaders = createMiddleware<{ Variables: { preview?: boolean } }>(
  async (c, next) => {
    await next();
    if (c.get("preview") !== true) return;
    c.res.headers.set("Content-Security-Policy", PREVIEW_POLICY);
    c.res.headers.set("X-Frame-Options", "SAMEORIGIN");
    // Its sandbox has no origin that could be kept apart, and browsers complain when asked to.
    c.res.headers.delete("Origin-Agent-Cluster");
  },
);

/** Nothing is kept by a cache unless its route says so: pages hold what only a signed-in person may see. */
export const noStoreByDefault = createMiddleware(async (c, next) => {
  await next();
  if (c.res.headers.has("Cache-Control") && c.res.headers.get("Cache-Control") !== "no-cache")
    return;
  c.res.headers.set("Cache-Control", "no-store");
});

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Demo mode signs in whoever asks, so only this machine may ask: a page of a stranger's whose name was rebound
 * to 127.0.0.1 still sends its own name as Host.
 */
export const onlyLoopbackNames = createMiddleware<VisitorEnv>(async (c, next) => {
  if (
    c.get("demo") &&
    !namesOf(c.req.url, c.req.header("Host")).every((name) => LOOPBACK.has(name))
  ) {
    throw new HTTPException(421);
  }
  await next();
});

function namesOf(url: string, host: string | undefined): string[] {
  const name = (address: string) => (URL.canParse(address) ? new URL(address).hostname : "");
  return host === undefined ? [name(url)] : [name(url), name(`http://${host}`)];
}

/** Another site, also one beside ours under the same domain, may link here; it may not fetch from here. */
export const noForeignFetches = createMiddleware(async (c, next) => {
  const foreign = ["cross-site", "same-site"].includes(c.req.header("Sec-Fetch-Site") ?? "");
  if (foreign && c.req.header("Sec-Fetch-Mode") !== "navigate") throw new HTTPException(403);
  await next();
});

/** No address of ours holds NUL, and the database takes no text with it. */
export const noNul = createMiddleware(async (c, next) => {
  if (c.req.url.includes("%00")) throw new HTTPException(404);
  await next();
});

const SHOWING = new Set(["GET", "HEAD"]);

/** Set once a request was answered because its time was over: whatever still works for it can stop. */
export type LateEnv = { Variables: { late?: boolean } };

/**
 * Every request is answered in this time, whatever its queries do. What is only shown is then the page of a silent
 * database; of a change nobody knows whether it was made. Files get longer; a stream is answered when it begins.
 */
export function onTime(pageWithinMs: number, fileWithinMs: number) {
  const late = (status: 503 | 504) => (c: Context<LateEnv>) => {
    c.set("late", true);
    return new HTTPException(status, { message: "not in time" });
  };
  const page = timeout(pageWithinMs, late(503));
  const change = timeout(pageWithinMs, late(504));
  const file = timeout(fileWithinMs, late(504));
  return createMiddleware<LateEnv>((c, next) => {
    if (SHOWING.has(c.req.method)) return page(c, next);
    return c.req.path.startsWith("/set-up/import/") ? file(c, next) : change(c, next);
  });
}
