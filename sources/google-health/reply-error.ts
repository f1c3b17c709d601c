import type { SourceError } from "../errors.ts";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";
import type { Reply } from "./client.ts";
import type { GoogleError } from "./google-error.ts";
import { readGoogleError } from "./google-error.ts";
import { keepable } from "./json.ts";
import { secondsToWait } from "./retry-after.ts";

const RATE_LIMIT =
  /^(RATE_LIMIT_EXCEEDED|RESOURCE_QUOTA_EXCEEDED|\w*(rateLimit|quota|limit)Exceeded)$/;
/** Refusals of our project, client or key: the same for every participant, so never one participant's fault. */
const PROJECT =
  /^(SERVICE_DISABLED|BILLING_DISABLED|API_KEY_\w+|CONSUMER_\w+|GCP_SUSPENDED|ORG_RESTRICTION_VIOLATION|SECURITY_POLICY_VIOLATED|accessNotConfigured|keyInvalid|keyExpired|invalid_client|unauthorized_client|deleted_client|disabled_client)$|PROJECT/i;
const SCOPE = /^(ACCESS_TOKEN_SCOPE_INSUFFICIENT|MISSING_OAUTH_SCOPE|insufficientPermissions)$/;
const NOT_LINKED = /^ACCOUNT_NOT_LINKED$/;
/** Statuses below 500 that say nothing of the request itself: proxies, time-outs. */
const TRANSIENT = new Set([407, 408, 425]);

/** The error that a reply with another status than 200 stands for. */
export function refusalOf(reply: Reply): SourceError {
  const { status, text, retryAfter, sentAt } = reply;
  const said = readGoogleError(text);
  const says = describe(reply, said);
  if (status >= 500 || status < 400 || TRANSIENT.has(status)) return new SourceUnavailable(says);
  if (status === 429 || said.status === "RESOURCE_EXHAUSTED" || gives(said, RATE_LIMIT)) {
    return new RateLimited(secondsToWait(retryAfter, said.retryDelay, sentAt));
  }
  if (gives(said, PROJECT)) return new SourceUnavailable(says, { projectLevel: true });
  if (status === 401) return new AuthorizationRevoked(says, { evidence: "token_refused" });
  if (gives(said, NOT_LINKED)) {
    return new AuthorizationRevoked(says, { evidence: "account_not_linked" });
  }
  if (status === 403) return forbidden(says, said);
  return new UnexpectedReply(says, { body: keepable(text) });
}

/** A 403 that names a missing scope is about one data type; one that a proxy wrote is about nobody. */
function forbidden(says: string, said: GoogleError): SourceError {
  if (!said.isGoogles) return new SourceUnavailable(says);
  if (gives(said, SCOPE)) return new ScopeMissing(says);
  return new AuthorizationRevoked(says, { evidence: "account_refused" });
}

function gives({ reasons }: GoogleError, pattern: RegExp): boolean {
  return reasons.some((reason) => pattern.test(reason));
}

/** Status and reason are fixed words; the reason is shown only where it looks like one. */
function describe({ what, status }: Reply, { reasons }: GoogleError): string {
  const reason = reasons.find((one) => /^[A-Z][A-Z_]{2,63}$/.test(one));
  return `Google Health refuses ${what}: status ${status}${reason ? ` ${reason}` : ""}`;
}
