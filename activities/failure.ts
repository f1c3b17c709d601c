import { randomUUID } from "node:crypto";
import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import type { SourceError } from "../sources/errors.ts";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../sources/errors.ts";
import { TokenUnreadable } from "../sql/token-cipher.ts";

/** Where the whole of an unexpected error goes, since none of its text may go to Temporal. */
export type FailureLog = Readonly<{
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}>;

/** Longest random wait added to a rate limit's own, so that many participants do not return at one instant. */
const MAX_JITTER_SECONDS = 15;

/**
 * Says to Temporal what a domain error means for the next attempt. The only maker of failures: histories are
 * read in plain and kept, so a failure carries fixed words, its class and, for a refused grant, the evidence.
 */
export function toFailure(error: unknown, log: FailureLog, random: () => number = Math.random) {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof RateLimited) return waitAsTold(error, random);
  if (isSourceError(error)) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.name,
      nonRetryable: !(error instanceof SourceUnavailable),
      details: error instanceof AuthorizationRevoked ? [error.evidence] : [],
    });
  }
  if (error instanceof TokenUnreadable)
    return ApplicationFailure.nonRetryable(error.message, error.name);
  return unexpected(error, log);
}

function waitAsTold(error: RateLimited, random: () => number): ApplicationFailure {
  const jitter = Math.min(MAX_JITTER_SECONDS, error.retryAfterSeconds) * random();
  return ApplicationFailure.create({
    message: error.message,
    type: error.name,
    nextRetryDelay: Math.round((error.retryAfterSeconds + jitter) * 1000),
    category: ApplicationFailureCategory.BENIGN,
  });
}

function isSourceError(error: unknown): error is Exclude<SourceError, RateLimited> {
  return [SourceUnavailable, AuthorizationRevoked, ScopeMissing, UnexpectedReply].some(
    (kind) => error instanceof kind,
  );
}

/** Does the short work of an activity; what it throws becomes a failure. What takes longer beats meanwhile (heartbeat.ts). */
export async function failing<Value>(log: FailureLog, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error, log);
  }
}

/** Faults of a program and refusals of a value or a statement (SQLSTATE classes 22, 23, 42): another try does the same. */
function isForGood(name: string, code: string | undefined): boolean {
  const kinds = ["RangeError", "TypeError", "SyntaxError", "ReferenceError", "ZodError"];
  return kinds.includes(name) || /^(?:22|23|42)[0-9A-Z]{3}$/.test(code ?? "");
}

/**
 * A fault of ours, or of the database: retried unless it cannot pass. Its text may hold a value (PostgreSQL quotes
 * the input it refuses), so only name, code and place are logged, under a reference that the failure names.
 */
function unexpected(error: unknown, log: FailureLog): ApplicationFailure {
  const reference = randomUUID().slice(0, 8);
  const { name, code, place } = describe(error);
  log.error({ reference, name, code, place }, "an activity failed unexpectedly");
  return ApplicationFailure.create({
    message: `${name}${code === undefined ? "" : ` ${code}`}: see the worker's log, reference ${reference}`,
    type: "Unexpected",
    nonRetryable: isForGood(name, code),
  });
}

function describe(error: unknown): { name: string; code: string | undefined; place: string[] } {
  if (!(error instanceof Error)) return { name: "Error", code: undefined, place: [] };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const place = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return { name: error.name, code, place: place.slice(0, 6) };
}
