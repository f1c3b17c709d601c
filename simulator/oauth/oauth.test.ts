import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Simulator } from "../create-simulator.ts";
import { grantOf, noon, postForm, simulate } from "../test-client.ts";
import { challengeOf } from "./grants.ts";
import { allScopes, scopes } from "./scopes.ts";

const redirectUri = "http://127.0.0.1:8001/consent/callback";

async function visitConsentPage(
  { app }: Simulator,
  extra: Readonly<Record<string, string>> = {},
): Promise<URLSearchParams> {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "wearflow-demo",
    redirect_uri: redirectUri,
    scope: allScopes.join(" "),
    state: "s1",
    access_type: "offline",
    ...extra,
  });
  const response = await app.request(`/o/oauth2/v2/auth?${query}`);
  assert.equal(response.status, 302);
  const location = response.headers.get("location") ?? "";
  assert.ok(location.startsWith(redirectUri));
  return new URL(location).searchParams;
}

const exchange = (code: string | null, extra = {}): Readonly<Record<string, string>> => ({
  grant_type: "authorization_code",
  code: code ?? "",
  redirect_uri: redirectUri,
  ...extra,
});

const granted = z.object({
  access_token: z.string().startsWith("ya29."),
  expires_in: z.literal(3599),
  refresh_token: z.string().startsWith("1//"),
  scope: z.string(),
  token_type: z.literal("Bearer"),
});

test("a refresh reply omits refresh_token, and the old one keeps working", async () => {
  const simulator = await simulate();
  const { refresh_token } = await grantOf(simulator);
  for (let i = 0; i < 3; i++) {
    const { status, body } = await postForm(simulator, "/token", {
      grant_type: "refresh_token",
      refresh_token,
    });
    assert.equal(status, 200);
    const keys = Object.keys(z.looseObject({}).parse(body)).sort();
    assert.deepEqual(keys, ["access_token", "expires_in", "scope", "token_type"]);
  }
});

test("tokens outlive a restart with the same seed, and no other seed takes them", async () => {
  const { refresh_token } = await grantOf(await simulate());
  const fields = { grant_type: "refresh_token", refresh_token };
  assert.equal((await postForm(await simulate(), "/token", fields)).status, 200);
  assert.equal((await postForm(await simulate({ seed: 8 }), "/token", fields)).status, 400);
});

test("the consent page sends back state and a code that works once, with its verifier", async () => {
  const simulator = await simulate();
  const verifier = "v".repeat(43);
  const back = await visitConsentPage(simulator, {
    code_challenge: challengeOf(verifier),
    code_challenge_method: "S256",
  });
  assert.equal(back.get("state"), "s1");
  const code = back.get("code");
  const invalid = async (fields: Readonly<Record<string, string>>): Promise<void> => {
    const { status, body } = await postForm(simulator, "/token", fields);
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /^{"error":"invalid_grant","error_description":"/);
  };
  await invalid(exchange(code));
  await invalid(exchange(code, { code_verifier: "w".repeat(43) }));
  const right = exchange(code, { code_verifier: verifier });
  granted.parse((await postForm(simulator, "/token", right)).body);
  await invalid(right);
});

test("a code lives ten minutes and belongs to its redirect address", async () => {
  let now = noon;
  const simulator = await simulate({ clock: () => now });
  const code = (await visitConsentPage(simulator)).get("code");
  const moved = exchange(code, { redirect_uri: "http://127.0.0.1:1/" });
  assert.deepEqual((await postForm(simulator, "/token", moved)).body, {
    error: "redirect_uri_mismatch",
    error_description: "Bad Request",
  });
  now = new Date(noon.getTime() + 600_000);
  assert.equal((await postForm(simulator, "/token", exchange(code))).status, 400);
});

test("without access_type=offline there is no refresh token", async () => {
  const simulator = await simulate();
  const code = (await visitConsentPage(simulator, { access_type: "online" })).get("code");
  const { body } = await postForm(simulator, "/token", exchange(code));
  assert.ok(!("refresh_token" in z.looseObject({}).parse(body)));
});

test("login_hint names the person; otherwise the roster comes by one after the other", async () => {
  const simulator = await simulate();
  const healthUser = async (extra: Readonly<Record<string, string>>): Promise<string> => {
    const code = (await visitConsentPage(simulator, extra)).get("code");
    const { access_token } = granted.parse(
      (await postForm(simulator, "/token", exchange(code))).body,
    );
    const headers = { authorization: `Bearer ${access_token}` };
    const identity = await simulator.app.request("/v4/users/me/identity", { headers });
    return z.object({ healthUserId: z.string() }).parse(await identity.json()).healthUserId;
  };
  const [first, second, third] = simulator.roster;
  assert.equal(await healthUser({ login_hint: third?.participant ?? "" }), third?.healthUserId);
  assert.equal(await healthUser({}), second?.healthUserId);
  assert.equal(await healthUser({}), third?.healthUserId);
  assert.notEqual(first?.healthUserId, second?.healthUserId);
});

test("a participant may refuse, or untick scopes, and the API then refuses those", async () => {
  const simulator = await simulate();
  simulator.faults.set({ kind: "accessDenied" }, { kind: "scopeSubset", scopes: [scopes.health] });
  assert.equal((await visitConsentPage(simulator)).get("error"), "access_denied");
  const code = (await visitConsentPage(simulator)).get("code");
  const grant = granted.parse((await postForm(simulator, "/token", exchange(code))).body);
  assert.equal(grant.scope, scopes.health);
  const headers = { authorization: `Bearer ${grant.access_token}` };
  const ask = async (path: string): Promise<Response> => simulator.app.request(path, { headers });
  assert.equal((await ask("/v4/users/me/dataTypes/heart-rate/dataPoints")).status, 200);
  const settings = await ask("/v4/users/me/settings");
  assert.equal(settings.status, 403);
  assert.match(await settings.text(), /"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"/);
});

test("revoking one token ends the whole grant", async () => {
  const simulator = await simulate();
  const { access_token, refresh_token } = await grantOf(simulator);
  assert.equal((await postForm(simulator, "/revoke", { token: refresh_token })).status, 200);
  assert.deepEqual(
    await postForm(simulator, "/token", { grant_type: "refresh_token", refresh_token }),
    {
      status: 400,
      body: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    },
  );
  const headers = { authorization: `Bearer ${access_token}` };
  assert.equal((await simulator.app.request("/v4/users/me/identity", { headers })).status, 401);
  assert.equal((await postForm(simulator, "/revoke", { token: "x" })).status, 400);
});

test("a wrong client is invalid_client, a wrong token invalid_grant, a wrong type neither", async () => {
  const simulator = await simulate();
  const refresh = { grant_type: "refresh_token", refresh_token: "1//garbage" };
  const cases = [
    [{ ...refresh, client_id: "else" }, 401, "invalid_client"],
    [{ ...refresh, client_secret: "else" }, 401, "invalid_client"],
    [refresh, 400, "invalid_grant"],
    [exchange("4/0garbage"), 400, "invalid_grant"],
    [{ grant_type: "password" }, 400, "unsupported_grant_type"],
  ] as const;
  for (const [fields, status, error] of cases) {
    const answer = await postForm(simulator, "/token", fields);
    assert.equal(answer.status, status);
    assert.equal(z.looseObject({ error: z.string() }).parse(answer.body).error, error);
  }
});
