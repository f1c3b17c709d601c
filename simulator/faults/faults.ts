import { setTimeout } from "node:timers/promises";
import type { GoogleError } from "../google-error.ts";
import {
  internalError,
  notLinked,
  quotaExceeded,
  scopeInsufficient,
  serviceDisabled,
  unauthenticated,
} from "../google-error.ts";
import { SAME_PAGE } from "../health/pages.ts";
import { formatInstant, SECOND } from "../time.ts";
import type { Point, ReplyBody } from "./reply-body.ts";
import { mapPoints, withNewestHeartRate } from "./reply-body.ts";
import type { FaultKind, FaultSwitch } from "./switchboard.ts";

/** A request as a fault may want to know it. */
type Request = Readonly<{ pageToken: string | undefined; now: number }>;

/** Which requests a fault can meet, and what it does: answer instead of the server, or bend its answer. */
export type Fault = Readonly<{
  meets: RegExp;
  instead?: (one: FaultSwitch, request: Request) => Response | Promise<Response | null>;
  bend?: (body: ReplyBody, request: Request) => ReplyBody;
  bendText?: (text: string) => string;
}>;

const api = /^\/v4\//;
const data = /\/dataPoints(:reconcile|:rollUp)?$/;
const token = /^\/token$/;
const consent = /^\/o\/oauth2\//;

/** All faults, one entry each. Those of the consent page are read by the consent route itself. */
export const faults: Readonly<Record<FaultKind, Fault>> = {
  rateLimit: { meets: api, instead: rateLimited },
  status500: { meets: api, instead: () => refuse(internalError()) },
  htmlWith200: {
    meets: api,
    instead: () => htmlReply("<!DOCTYPE html><title>Sign in</title><p>One moment, please."),
  },
  truncatedBody: { meets: api, bendText: (text) => text.slice(0, Math.floor(text.length / 2)) },
  otherShape: { meets: api, bendText: () => '{"somethingElse":true}' },
  slow: {
    meets: api,
    instead: async ({ milliseconds = 200 }) => {
      await setTimeout(milliseconds);
      return null;
    },
  },
  implausible: { meets: data, bend: (body) => withNewestHeartRate(body, 999) },
  nan: { meets: data, bend: (body) => withNewestHeartRate(body, Number.NaN) },
  unknownType: {
    meets: data,
    bend: (body) => mapPoints(body, (points) => [{ auraBrightness: { lumens: "7" } }, ...points]),
  },
  emptyPageWithToken: {
    meets: data,
    instead: (_, { pageToken }) => Response.json({ nextPageToken: samePage(pageToken) }),
  },
  unalignedWindows: {
    meets: /:rollUp$/,
    bend: (body) => mapPoints(body, (points) => points.map(halfMinuteLater)),
  },
  repeatedToken: {
    meets: data,
    bend: (body, { pageToken }) => ({ ...body, nextPageToken: pageToken ?? SAME_PAGE }),
  },
  duplicates: {
    meets: data,
    bend: (body) => mapPoints(body, (points) => points.flatMap((point) => [point, point])),
  },
  scopeMissing: { meets: api, instead: () => refuse(scopeInsufficient()) },
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
  tokenHtml502: { meets: token, instead: () => htmlReply("<title>Error 502</title>", 502) },
  accessDenied: { meets: consent },
  scopeSubset: { meets: consent },
};

function rateLimited(one: FaultSwitch, { now }: Request): Response {
  const { retryAfter = "absent", seconds = 30 } = one;
  const headers = {
    seconds: { "retry-after": String(seconds) },
    httpDate: { "retry-after": new Date(now + seconds * SECOND).toUTCString() },
    absurd: { "retry-after": "31536000000" },
    absent: {},
    retryInfo: {},
  }[retryAfter];
  const retryInfo = {
    "@type": "type.googleapis.com/google.rpc.RetryInfo",
    retryDelay: `${seconds}s`,
  };
  return refuse(quotaExceeded(retryAfter === "retryInfo" ? [retryInfo] : []), headers);
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

/** A token that asks for the very page that this request asked for. */
function samePage(pageToken: string | undefined): string {
  return `${pageToken ?? ""}${SAME_PAGE}`;
}

function halfMinuteLater({ startTime = "", endTime = "", ...point }: Point): Point {
  const later = (text: string): string => formatInstant(Date.parse(text) + 30 * SECOND);
  return { ...point, startTime: later(startTime), endTime: later(endTime) };
}
