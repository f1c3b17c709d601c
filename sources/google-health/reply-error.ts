import { z } from "zod";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";

export type ErrorReply = Readonly<{ status: number; headers: Headers; text: string }>;

/** The provider's per-minute windows: without any hint, the next one is at most this far away. */
const DEFAULT_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 3600;

const ErrorBody = z.object({
  error: z.object({
    status: z.string().optional(),
    details: z
      .array(z.looseObject({ reason: z.string().optional(), retryDelay: z.string().optional() }))
      .optional(),
  }),
});

type Details = Readonly<{ reasons: readonly string[]; retryDelay: string | undefined }>;

/** Reasons that are about our project or our client, whoever the participant is. */
const PROJECT_REASONS =
  /^(SERVICE_DISABLED|CONSUMER_|API_KEY_|ACCESS_NOT_CONFIGURED|accessNotConfigured|PROJECT_|BILLING_|USER_PROJECT_DENIED|RESOURCE_PROJECT_)/;
const SCOPE_REASONS = /^(ACCESS_TOKEN_SCOPE_INSUFFICIENT|MISSING_OAUTH_SCOPE)$/;

/** The error a reply with another status than 200 stands for. `now` reads a Retry-After given as a date. */
export function errorOf({ status, headers, text }: ErrorReply, now: Date): Error {
  const details = read(text);
  const why = details.reasons[0] === undefined ? "" : `, ${details.reasons[0]}`;
  if (status === 429) return new RateLimited(waitSeconds(headers, details, now));
  if (details.reasons.some((reason) => PROJECT_REASONS.test(reason))) {
    return new SourceUnavailable(`Google Health refuses our project (${status}${why})`, {
      projectLevel: true,
    });
  }
  if (status === 401) {
    return new AuthorizationRevoked("Google Health refuses the access token", {
      evidence: "token_refused",
    });
  }
  if (status === 403) return forbidden(details, why);
  if (details.reasons.includes("ACCOUNT_NOT_LINKED")) {
    return new AuthorizationRevoked("The account is not linked to Google Health", {
      evidence: "account_not_linked",
    });
  }
  // Redirects and 1xx are no replies of this API; 408 asks for another try as 5xx does.
  if (status < 400 || status === 408 || status >= 500) {
    return new SourceUnavailable(`Google Health answered ${status}${why}`);
  }
  return new UnexpectedReply(`Google Health refuses our request (${status}${why})`, { body: text });
}

function forbidden({ reasons }: Details, why: string): Error {
  if (reasons.some((reason) => SCOPE_REASONS.test(reason))) {
    return new ScopeMissing("The participant did not grant the scope of this data type");
  }
  return new AuthorizationRevoked(`Google Health refuses the account (403${why})`, {
    evidence: "account_refused",
  });
}

function read(text: string): Details {
  try {
    const { error } = ErrorBody.parse(JSON.parse(text));
    const details = error.details ?? [];
    return {
      // Only the provider's own upper-case codes: anything else could repeat what it was sent.
      reasons: details.flatMap(({ reason }) =>
        reason && /^[A-Za-z_]{3,80}$/.test(reason) ? [reason] : [],
      ),
      retryDelay: details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay,
    };
  } catch {
    return { reasons: [], retryDelay: undefined };
  }
}

/** What the header or a RetryInfo asks for, between one second and one hour; without either one minute. */
function waitSeconds(headers: Headers, { retryDelay }: Details, now: Date): number {
  const asked = fromHeader(headers.get("retry-after"), now) ?? fromDuration(retryDelay);
  if (asked === null || !Number.isFinite(asked)) return DEFAULT_WAIT_SECONDS;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(asked)));
}

function fromHeader(header: string | null, now: Date): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : (date - now.getTime()) / 1000;
}

function fromDuration(duration: string | undefined): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(duration ?? "")?.[1];
  return seconds === undefined ? null : Number(seconds);
}
