import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  AuthorizationRevoked,
  RateLimited,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";
import type { Grant } from "../source.ts";
import type { GoogleAuthorizer, GoogleAuthorizerOptions } from "./oauth.ts";
import { createGoogleAuthorizer } from "./oauth.ts";
import { NOW, reply, startServer } from "./test-server.ts";

const server = await startServer();
const other = await startServer();
const SECRET = "client-secret-never-shown";
const options: GoogleAuthorizerOptions = {
  clientId: "wearflow.apps.test",
  clientSecret: SECRET,
  tokenUrl: `${server.url}/token`,
  authorizeUrl: "https://accounts.google.test/o/oauth2/v2/auth",
  revokeUrl: `${other.url}/revoke`,
  clock: () => NOW,
};
const authorizer = createGoogleAuthorizer(options);
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const grant: Grant = {
  accessToken: "ya29.old-access",
  refreshToken: "1//old-refresh",
  expiresAt: after(-60),
  grantExpiresAt: after(1000),
  scopes: ["a", "b"],
};
const fresh = { access_token: "ya29.new-access", expires_in: 3599, token_type: "Bearer" };
const redirectUri = "http://127.0.0.1:8001/consent/callback";

/** Runs a call that fails, and looks for secrets in everything the error holds. */
async function failure(
  call: (authorizer: GoogleAuthorizer) => Promise<unknown>,
  by = authorizer,
): Promise<unknown> {
  const error = await call(by).then(
    () => assert.fail("no error"),
    (thrown: unknown) => thrown,
  );
  const text = inspect(error, { depth: 10, showHidden: true });
  for (const secret of [SECRET, "old-refresh", "old-access", "new-access", "the-code", "Bad Req"]) {
    assert.equal(text.includes(secret), false, text);
  }
  return error;
}

const refresh = (by: GoogleAuthorizer) => by.refresh(grant);
const answer = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  server.answerWith((_, response) => reply(response, body, { status, headers }));

test("the consent address asks for offline access, a new consent and a PKCE proof", () => {
  const url = authorizer.consentUrl({
    redirectUri,
    state: "st/ate+1",
    scopes: ["scope.one", "scope.two"],
    codeChallenge: "challenge",
  });
  const { origin, pathname, searchParams } = new URL(url);
  assert.equal(origin + pathname, options.authorizeUrl);
  assert.deepEqual(Object.fromEntries(searchParams), {
    response_type: "code",
    client_id: options.clientId,
    redirect_uri: redirectUri,
    state: "st/ate+1",
    scope: "scope.one scope.two",
    access_type: "offline",
    prompt: "consent",
    code_challenge: "challenge",
    code_challenge_method: "S256",
  });
});

test("a code is redeemed with its proof; what was granted may be less than what was asked for", async () => {
  answer({ ...fresh, refresh_token: "1//first", refresh_token_expires_in: 604_799, scope: "a c" });
  const redeemed = await authorizer.redeem("the-code", { redirectUri, codeVerifier: "verifier" });
  assert.deepEqual(redeemed, {
    accessToken: "ya29.new-access",
    refreshToken: "1//first",
    expiresAt: after(3599),
    grantExpiresAt: after(604_799),
    scopes: ["a", "c"],
  });
  const [asked] = server.asked;
  assert.equal(asked?.path, "/token");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
    grant_type: "authorization_code",
    code: "the-code",
    redirect_uri: redirectUri,
    code_verifier: "verifier",
    client_id: options.clientId,
    client_secret: SECRET,
  });
});

test("a code without a refresh token is refused, because nothing could be fetched tomorrow", async () => {
  answer(fresh);
  const error = await failure((by) => by.redeem("the-code", { redirectUri }));
  assert.ok(error instanceof UnexpectedReply);
  assert.match(error.message, /access_type=offline/);
});

test("a renewal that leaves out the refresh token keeps the old one, however often it is renewed", async () => {
  answer(fresh);
  let renewed = grant;
  for (let round = 0; round < 3; round += 1) {
    renewed = await authorizer.refresh(renewed);
    const asked = new URLSearchParams(server.asked[round]?.body);
    assert.equal(asked.get("refresh_token"), "1//old-refresh");
    assert.equal(asked.get("grant_type"), "refresh_token");
  }
  assert.deepEqual(renewed, {
    ...grant,
    accessToken: "ya29.new-access",
    expiresAt: after(3599),
  });
});

test("a renewal takes over a rotated refresh token, the grant's new end and changed scopes", async () => {
  const more = { refresh_token: "1//rotated", refresh_token_expires_in: "601041", scope: "a" };
  answer({ ...fresh, ...more });
  const renewed = await authorizer.refresh(grant);
  assert.equal(renewed.refreshToken, "1//rotated");
  assert.deepEqual(renewed.grantExpiresAt, after(601_041));
  assert.deepEqual(renewed.scopes, ["a"]);
});

test("S4: only the provider's own invalid_grant speaks of the participant", async () => {
  for (const error_description of ["Token has been expired or revoked.", "Bad Request"]) {
    answer({ error: "invalid_grant", error_description }, 400);
    const error = await failure(refresh);
    assert.ok(error instanceof AuthorizationRevoked);
    assert.equal(error.evidence, "invalid_grant");
    assert.equal(server.asked.length, 1);
  }
});

test("S1: no other refusal of a renewal says that the participant took consent back", async () => {
  for (const code of ["invalid_client", "unauthorized_client", "invalid_request", "org_internal"]) {
    answer({ error: code, error_description: "Unauthorized" }, 401);
    const error = await failure(refresh);
    assert.ok(error instanceof SourceUnavailable, code);
    assert.equal(error.projectLevel, true, code);
    assert.match(error.message, new RegExp(code));
  }
});

test("an outage of the token endpoint is nobody's refusal", async () => {
  const outages: [unknown, number][] = [
    ["<html>Bad Gateway</html>", 502],
    [{ error: "internal_failure" }, 500],
    [{ error: "temporarily_unavailable" }, 400],
    [{}, 400],
    ["", 400],
    ["{", 200],
    [{ error: 7 }, 400],
  ];
  for (const [body, status] of outages) {
    answer(body, status);
    const error = await failure(refresh);
    assert.ok(error instanceof SourceUnavailable, JSON.stringify(body));
    assert.equal(error.projectLevel, false, JSON.stringify(body));
  }
});

test("HTML is an outage whatever its status, except that 429 is still a wait", async () => {
  const html = { "content-type": "text/html" };
  for (const status of [200, 302, 400, 401, 403, 502]) {
    answer("<html>", status, html);
    assert.ok((await failure(refresh)) instanceof SourceUnavailable, String(status));
  }
  answer("<html>", 429, { ...html, "retry-after": "17" });
  const error = await failure(refresh);
  assert.ok(error instanceof RateLimited);
  assert.equal(error.retryAfterSeconds, 17);
});

test("429 of the token endpoint waits as told, or a minute", async () => {
  const headers = [{ "retry-after": "26" }, {}, { "retry-after": "31536000000" }];
  const waits: unknown[] = [];
  for (const one of headers) {
    answer({ error: "rate_limit_exceeded" }, 429, one);
    const error = await failure(refresh);
    assert.ok(error instanceof RateLimited);
    waits.push(error.retryAfterSeconds);
  }
  assert.deepEqual(waits, [26, 60, 3600]);
});

test("a reset, a hang and a closed port are outages", async () => {
  server.answerWith((_, response) => void response.socket?.resetAndDestroy());
  assert.ok((await failure(refresh)) instanceof SourceUnavailable);
  server.answerWith(() => undefined);
  const hasty = createGoogleAuthorizer({ ...options, timeoutMs: 60 });
  assert.ok((await failure(refresh, hasty)) instanceof SourceUnavailable);
  server.answerWith((_, response) => void response.writeHead(200).write('{"access_token":'));
  assert.ok((await failure(refresh, hasty)) instanceof SourceUnavailable);
  const lost = createGoogleAuthorizer({ ...options, tokenUrl: "http://127.0.0.1:1/token" });
  const error = await failure(refresh, lost);
  assert.ok(error instanceof SourceUnavailable);
  assert.ok(error.cause instanceof Error && error.cause.message === "ECONNREFUSED");
});

test("a token reply of another shape is refused without a word of it", async () => {
  const { access_token: _, ...without } = fresh;
  const bodies = [without, { ...fresh, access_token: "" }, { ...fresh, expires_in: "soon" }];
  for (const body of [...bodies, { ...fresh, expires_in: -1 }, { ...fresh, scope: 7 }]) {
    answer(body);
    const error = await failure(refresh);
    assert.ok(error instanceof UnexpectedReply);
    assert.equal(error.body, undefined);
  }
});

test("S14: revoking tells the provider, on its own host, and a dead grant needs no telling", async () => {
  const answers: [unknown, number][] = [
    [{}, 200],
    ["", 200],
    [{ error: "invalid_token", error_description: "Token expired or revoked" }, 400],
  ];
  for (const [body, status] of answers) {
    other.answerWith((_, response) => reply(response, body, { status }));
    await authorizer.revoke(grant);
    const [asked] = other.asked;
    assert.equal(asked?.path, "/revoke");
    assert.equal(new URLSearchParams(asked?.body).get("token"), "1//old-refresh");
  }
  for (const [body, status] of [
    ["<html>", 200],
    [{ error: "internal_failure" }, 500],
  ] as const) {
    other.answerWith((_, response) => reply(response, body, { status }));
    assert.ok((await failure((by) => by.revoke(grant))) instanceof SourceUnavailable);
  }
});

test("a client secret that cannot be one is refused without being shown", () => {
  const make = () => createGoogleAuthorizer({ ...options, clientSecret: `${SECRET}\n` });
  assert.throws(make, (error) => {
    assert.equal(inspect(error, { depth: 10, showHidden: true }).includes(SECRET), false);
    return true;
  });
});
