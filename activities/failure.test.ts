import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../sources/errors.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";
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
    code: "57P03",
  });
  const failure = toFailure(error, log);
  const told = JSON.stringify([
    failure.message,
    failure.type,
    failure.details,
    failure.cause ?? null,
  ]);
  assert.equal(told.includes("anna"), false);
  assert.match(failure.message, /^Error 57P03: see the worker's log, reference [0-9a-f]{8}$/);
  assert.equal(failure.nonRetryable, false);
  const [entry] = logged;
  assert.ok(failure.message.endsWith(String(entry?.["reference"])));
  assert.equal(JSON.stringify(logged).includes("anna"), false);
});

test("a fault that another try cannot cure is not retried for hours; a database that restarts is", () => {
  const withCode = (code: string) => Object.assign(new Error("x"), { code });
  const forGood = [
    new RangeError("x"),
    new TypeError("x"),
    z.string().safeParse(1).error ?? new Error("none"),
    ...["22P02", "23514", "42P01"].map(withCode),
  ];
  for (const error of forGood) {
    const { nonRetryable, type } = toFailure(error, silent);
    assert.deepEqual([nonRetryable, type], [true, "Unexpected"], error.name);
  }
  for (const code of ["57P01", "40001", "53300", "08006", "ECONNREFUSED"])
    assert.equal(toFailure(withCode(code), silent).nonRetryable, false, code);
});

test("a token that the key does not open is told in words, at once", () => {
  const grant = { accessToken: "a", refreshToken: "r", scopes: [], grantExpiresAt: null };
  const other = createTokenCipher("b".repeat(64));
  const sealed = createTokenCipher("a".repeat(64)).seal({ ...grant, expiresAt: new Date(0) }, 1);
  assert.throws(
    () => other.open(sealed, 1),
    (error) => {
      const failure = toFailure(error, silent);
      assert.match(failure.message, /^A stored token needs key [0-9a-f]{8}; TOKEN_KEY is/);
      assert.deepEqual([failure.type, failure.nonRetryable], ["TokenUnreadable", true]);
      return true;
    },
  );
});
