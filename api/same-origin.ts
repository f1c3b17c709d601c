import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { bearerOf, isApi } from "./v1/bearer.ts";

/** These carry their own proof, a signature, and come from mail programs and providers. */
const SIGNED = new Set(["/unsubscribe", "/mail/events/sendgrid", "/webhooks/google-health"]);

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Only our own pages may change anything: the browser's word decides (Sec-Fetch-Site), and where a browser gives
 * none, as over plain HTTP, the Origin. A request that says neither is refused, whatever its content type. No browser
 * adds a token by itself, so a program that brings one to the API is asked for nothing else.
 */
export const onlyOwnPagesChange = createMiddleware(async (c, next) => {
  const hasToken = isApi(c) && bearerOf(c) !== undefined;
  if (!SAFE.has(c.req.method) && !SIGNED.has(c.req.path) && !hasToken && !comesFromUs(c))
    throw new HTTPException(403);
  await next();
});

function comesFromUs(c: Context): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("Origin");
  if (origin === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === (c.req.header("Host") ?? new URL(c.req.url).host);
}
