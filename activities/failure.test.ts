import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../sources/errors.ts";
import { toFailure } from "./failure.ts";

const silent = { error: () => undefined };

test("a rate limit waits as long as it was told, with jitter on top and never below, and is benign", () => {
  for (const random of [0, 0.5, 0.999]) {
    const failure = toFailure(new RateLimited(1200), silent, () => random);
    const wait = Number(failure.nextRetryDelay);
    assert.ok(wait >= 1_200_000 && wait <= 1_215_000, String(wait));
    assert.equal(failure.category, "BENIGN");
    assert.equal(failure.type, "RateLimited");
    assert.equal(failure.nonRetryable, false);
  }
});

test("an outage is tried again; a refused grant, a missing scope and a strange reply are not", () => {
  assert.equal(toFailure(new SourceUnavailable("x"), silent).nonRetryable, false);
  assert.equal(toFailure(new ScopeMissing("x"), silent).nonRetryable, true);
  assert.equal(toFailure(new UnexpectedReply("x"), silent).nonRetryable, true);
  const refused = new AuthorizationRevoked("x", { evidence: "invalid_grant" });
  const failure = toFailure(refused, silent);
  assert.equal(failure.nonRetryable, true);
  assert.deepEqual(failure.details, ["invalid_grant"]);
});

test("an unexpected error goes to Temporal without a word of its text, and to the log under its reference", () => {
  const logged: Record<string, unknown>[] = [];
  const log = {
    error: (fields: Readonly<Record<string, unknown>>) => void logged.push({ ...fields }),
  };
  const error = Object.assign(new Error('invalid input "anna@example.org" 72.4'), {
    code: "22P02",
  });
  const failure = toFailure(error, log);
  const told = JSON.stringify([
    failure.message,
    failure.type,
    failure.details,
    failure.cause ?? null,
  ]);
  assert.equal(told.includes("anna"), false);
  assert.match(failure.message, /^Error 22P02: see the worker's log, reference [0-9a-f]{8}$/);
  assert.equal(failure.nonRetryable, false);
  const [entry] = logged;
  assert.ok(failure.message.endsWith(String(entry?.["reference"])));
  assert.equal(JSON.stringify(logged).includes("anna"), false);
});
