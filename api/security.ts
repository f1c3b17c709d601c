import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { NONCE, secureHeaders } from "hono/secure-headers";

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
export function onlyLoopbackNames(demo: boolean) {
  return createMiddleware(async (c, next) => {
    if (demo && !namesOf(c.req.url, c.req.header("Host")).every((name) => LOOPBACK.has(name))) {
      throw new HTTPException(421);
    }
    await next();
  });
}

function namesOf(url: string, host: string | undefined): string[] {
  const name = (address: string) => (URL.canParse(address) ? new URL(address).hostname : "");
  return host === undefined ? [name(url)] : [name(url), name(`http://${host}`)];
}

/** Another site may link here; it may not fetch from here. */
export const noCrossSiteFetches = createMiddleware(async (c, next) => {
  const crossSite = c.req.header("Sec-Fetch-Site") === "cross-site";
  if (crossSite && c.req.header("Sec-Fetch-Mode") !== "navigate") throw new HTTPException(403);
  await next();
});
