import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  AuthorizationRevoked,
  RateLimited,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";
import { isObject } from "./json.ts";
import { NOW, readAll, readFixture, reply, sourceAt, startServer, TOKEN } from "./test-server.ts";

const server = await startServer();
const source = sourceAt(server);
const refusals = await readFixture("refusals");

/** The error that a reply leads to. It never holds the token, and holds the body only in `body`. */
async function errorOf(
  body: unknown,
  status: number,
  headers: Record<string, string> = {},
): Promise<unknown> {
  server.answerWith((_, response) => reply(response, body, { status, headers }));
  try {
    await readAll(source);
  } catch (error) {
    const shown = error instanceof UnexpectedReply ? { ...error, body: "" } : error;
    const text = inspect(shown, { depth: 10, showHidden: true });
    assert.equal(text.includes(TOKEN), false);
    const said = isObject(body) && isObject(body["error"]) ? body["error"]["message"] : undefined;
    if (typeof said === "string") assert.equal(text.includes(said), false);
    return error;
  }
  return assert.fail("no error");
}

const named = (name: string) => {
  const body = refusals[name];
  assert.ok(body, name);
  return body;
};

test("429 waits as long as the header says, or RetryInfo, or else a minute; absurd waits are an hour", async () => {
  const cases: [string, Record<string, string>, number][] = [
    ["rateLimit", { "retry-after": "26" }, 26],
    ["rateLimit", { "retry-after": "Wed, 25 Nov 2026 12:00:26 GMT", date: NOW.toUTCString() }, 26],
    ["rateLimit", {}, 60],
    ["rateLimit", { "retry-after": "31536000000" }, 3600],
    ["rateLimit", { "retry-after": "whenever" }, 60],
    ["rateLimitWithDelay", {}, 27],
  ];
  for (const [name, headers, seconds] of cases) {
    const error = await errorOf(named(name), 429, headers);
    assert.ok(error instanceof RateLimited);
    assert.equal(error.retryAfterSeconds, seconds, JSON.stringify(headers));
  }
});

test("S16: a 429 is a wait whatever its body is, and so is the same refusal with another status", async () => {
  for (const body of ["", "<html>Too many requests</html>", "{", named("internal")]) {
    assert.ok((await errorOf(body, 429)) instanceof RateLimited);
  }
  assert.ok((await errorOf(named("rateLimit"), 403)) instanceof RateLimited);
});

test("401 is a refused token, which the caller may renew once", async () => {
  for (const body of [named("unauthenticated"), ""]) {
    const error = await errorOf(body, 401);
    assert.ok(error instanceof AuthorizationRevoked);
    assert.equal(error.evidence, "token_refused");
  }
});

test("403 for want of a scope is about one data type", async () => {
  for (const name of ["scope", "scopeInMetadata"]) {
    assert.ok((await errorOf(named(name), 403)) instanceof ScopeMissing, name);
  }
});

test("S8: 403 without a scope as its reason is a refused account, for the caller to weigh", async () => {
  for (const name of ["permission", "legacyAccount"]) {
    const error = await errorOf(named(name), 403);
    assert.ok(error instanceof AuthorizationRevoked, name);
    assert.equal(error.evidence, "account_refused");
  }
});

test("a refusal of our project or client is an outage of ours and never a participant's fault", async () => {
  const cases: [string, number][] = [
    ["serviceDisabled", 403],
    ["accessNotConfigured", 403],
    ["consumerInvalid", 403],
    ["apiKey", 400],
    ["invalidClient", 401],
  ];
  for (const [name, status] of cases) {
    const error = await errorOf(named(name), status);
    assert.ok(error instanceof SourceUnavailable, name);
    assert.equal(error.projectLevel, true, name);
  }
});

test("a 403 that is none of Google's says nothing about the participant", async () => {
  for (const body of ["<html>Forbidden by the proxy</html>", "", "{}"]) {
    const error = await errorOf(body, 403);
    assert.ok(error instanceof SourceUnavailable);
    assert.equal(error.projectLevel, false);
  }
});

test("an account without Google Health behind it is told apart from a revoked consent", async () => {
  const error = await errorOf(named("notLinked"), 400);
  assert.ok(error instanceof AuthorizationRevoked);
  assert.equal(error.evidence, "account_not_linked");
});

test("any other 4xx is a fault of ours: it names Google's reason and keeps the body", async () => {
  const error = await errorOf(named("badFilter"), 400);
  assert.ok(error instanceof UnexpectedReply);
  assert.match(error.message, /status 400 INVALID_DATA_POINT_FILTER$/);
  assert.deepEqual(JSON.parse(error.body ?? ""), refusals["badFilter"]);
  assert.ok((await errorOf("<html>Not found</html>", 404)) instanceof UnexpectedReply);
});

test("5xx, redirects and proxies' own statuses are outages", async () => {
  for (const status of [500, 502, 503, 504, 302, 304, 407, 408]) {
    const error = await errorOf(named("internal"), status, { location: "http://127.0.0.1:9/" });
    assert.ok(error instanceof SourceUnavailable, String(status));
    assert.equal(error.projectLevel, false);
  }
});

test("S16: HTML, plain text and nothing at all with status 200 are outages and never data", async () => {
  for (const body of ["<!DOCTYPE html><title>Sign in</title>", "OK", "", "   "]) {
    assert.ok((await errorOf(body, 200)) instanceof SourceUnavailable, body);
  }
});

test("S16: an error object with status 200 is refused with its body and never an empty page", async () => {
  for (const body of [
    named("rateLimit"),
    { errors: [{ errorType: "system" }] },
    { error: "x", rollupDataPoints: [] },
  ]) {
    const error = await errorOf(body, 200);
    assert.ok(error instanceof UnexpectedReply);
    assert.equal(error.body, JSON.stringify(body));
  }
});

test("a body that describes no error in any known way still counts by its status", async () => {
  for (const error of [null, 7, [], { details: 7 }, { details: [7, null] }, { errors: "x" }]) {
    assert.ok((await errorOf({ error }, 500)) instanceof SourceUnavailable);
    assert.ok((await errorOf({ error }, 400)) instanceof UnexpectedReply);
  }
});
