import type { GoogleError } from "../google-error.ts";
import {
  internalError,
  notLinked,
  permissionDenied,
  quotaExceeded,
  scopeInsufficient,
  serviceDisabled,
  unauthenticated,
  unavailable,
} from "../google-error.ts";
import { MINUTE, SECOND } from "../time.ts";
import type { Fault } from "./fault.ts";
import { api } from "./fault.ts";
import type { FaultKind } from "./kinds.ts";
import type { FaultSwitch } from "./switchboard.ts";

const token = /^\/token$/;
const tokenOrRevoke = /^\/(token|revoke)$/;
const TEN_YEARS_SECONDS = 315_360_000;

/** The server, or the token endpoint, says no in its own words. */
export const refusals = {
  rateLimit: {
    meets: api,
    instead: (one, { now }) => rateLimited(one, now),
    tellsToWait: ({ retryAfter = "absent", seconds = 30 }) =>
      ["seconds", "httpDate", "retryInfo"].includes(retryAfter) ? seconds : null,
  },
  status500: { meets: api, instead: () => refuse(internalError()) },
  status503: { meets: api, instead: () => refuse(unavailable()) },
  htmlWith200: {
    meets: api,
    instead: () => htmlReply("<!DOCTYPE html><title>Sign in</title><p>One moment, please."),
  },
  scopeMissing: { meets: api, instead: () => refuse(scopeInsufficient()) },
  permissionDenied: { meets: api, instead: () => refuse(permissionDenied()) },
  serviceDisabled: { meets: api, instead: () => refuse(serviceDisabled()) },
  accountNotLinked: { meets: api, instead: () => refuse(notLinked()) },
  unauthenticated: { meets: api, instead: () => refuse(unauthenticated(true)) },
  invalidGrant: {
    meets: token,
    instead: () => refuseToken(400, "invalid_grant", "Token has been expired or revoked."),
  },
  invalidClient: {
    meets: token,
    instead: () => refuseToken(401, "invalid_client", "The OAuth client was not found."),
  },
  tokenHtml502: { meets: tokenOrRevoke, instead: () => htmlReply("<title>Error 502</title>", 502) },
} as const satisfies Partial<Record<FaultKind, Fault>>;

function rateLimited(one: FaultSwitch, now: number): Response {
  const { retryAfter = "absent", seconds = 30, minutes = 0 } = one;
  const shown = now + minutes * MINUTE;
  const header = {
    seconds: String(seconds),
    httpDate: new Date(shown + seconds * SECOND).toUTCString(),
    absurd: "31536000000",
    tenYears: String(TEN_YEARS_SECONDS),
    negative: "-120",
    garbage: "as soon as you feel like it",
    absent: null,
    retryInfo: null,
  }[retryAfter];
  const retryInfo = {
    "@type": "type.googleapis.com/google.rpc.RetryInfo",
    retryDelay: `${seconds}s`,
  };
  return refuse(quotaExceeded(retryAfter === "retryInfo" ? [retryInfo] : []), {
    ...(header !== null && { "retry-after": header }),
    // By the simulator's own clock: the one that Node would put here is the machine's.
    date: new Date(shown).toUTCString(),
  });
}

function refuse(error: GoogleError, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(error.body(), { status: error.code, headers });
}

function refuseToken(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status });
}

function htmlReply(html: string, status = 200): Response {
  return new Response(html, { status, headers: { "content-type": "text/html; charset=UTF-8" } });
}
