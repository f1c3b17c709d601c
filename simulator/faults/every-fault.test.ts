import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestSimulator } from "../../testing/simulator.ts";
import { testSimulator } from "../../testing/simulator.ts";
import { grantOf, noon } from "../test-client.ts";
import { HOUR } from "../time.ts";
import type { FaultKind } from "./kinds.ts";
import { faultNames } from "./kinds.ts";
import type { FaultSwitch } from "./switchboard.ts";

/** Every fault once, by what arrives over HTTP; over-http.test.ts looks closer at those that need it. */
let upstream: TestSimulator;
let grant: Readonly<{ access_token: string; refresh_token: string }>;
before(async () => {
  upstream = await testSimulator({ seed: 7, clock: () => noon, requestsPerMinute: 1e6 });
  grant = await grantOf(upstream.simulator);
});
after(() => upstream.stop());

type Arrived = Readonly<{ status: number; text: string }>;
type Call = "identity" | "list" | "rollUp" | "token" | "consent";

const calls: Readonly<Record<Call, () => Promise<Response>>> = {
  identity: () => fetch(`${upstream.url}/v4/users/me/identity`, { headers: bearer(), ...soon() }),
  list: () => fetch(`${points()}?pageSize=20`, { headers: bearer(), ...soon() }),
  rollUp: () => {
    const [from, to] = [24, 18].map((hours) => new Date(noon.getTime() - hours * HOUR));
    const range = { startTime: from?.toISOString(), endTime: to?.toISOString() };
    const body = JSON.stringify({ range, windowSize: "60s", pageSize: 200 });
    return fetch(`${points()}:rollUp`, { method: "POST", headers: bearer(), body, ...soon() });
  },
  token: () => {
    const client = { client_id: "wearflow-demo", client_secret: "wearflow-demo-secret" };
    const { refresh_token } = grant;
    const body = new URLSearchParams({ ...client, grant_type: "refresh_token", refresh_token });
    return fetch(`${upstream.url}/token`, { method: "POST", body });
  },
  consent: () => {
    const query = new URLSearchParams({
      client_id: "wearflow-demo",
      redirect_uri: "http://127.0.0.1/callback",
      response_type: "code",
      scope: "https://www.googleapis.com/auth/googlehealth.settings.readonly",
    });
    return fetch(`${upstream.url}/o/oauth2/v2/auth?${query}`, { redirect: "manual" });
  },
};
const bearer = () => ({
  authorization: `Bearer ${grant.access_token}`,
  "content-type": "application/json",
});
const points = () => `${upstream.url}/v4/users/me/dataTypes/heart-rate/dataPoints`;
const soon = () => ({ signal: AbortSignal.timeout(2000) });

/** How each is met, and what arrives; null where nothing whole does. */
const arrives: Readonly<Record<FaultKind, readonly [Call, status: number, RegExp] | null>> = {
  rateLimit: ["identity", 429, /RATE_LIMIT_EXCEEDED/],
  status500: ["identity", 500, /"INTERNAL"/],
  status503: ["identity", 503, /"UNAVAILABLE"/],
  htmlWith200: ["identity", 200, /^<!DOCTYPE html>/],
  slow: ["identity", 200, /healthUserId/],
  reset: null,
  brokenOff: null,
  hang: null,
  truncatedBody: ["list", 200, /^{"dataPoints":\[.*[^}]$/],
  brokenJson: ["list", 200, /^{,,"dataPoints":\[.*}$/],
  otherShape: ["list", 200, /^{"somethingElse":true}$/],
  wrongContentType: ["identity", 200, /healthUserId/],
  gzipBomb: ["list", 200, /^{"rollupDataPoints":\[ {1000000}$/],
  hugePage: ["rollUp", 200, /^{"rollupDataPoints":\[{.{1000000}/],
  implausible: ["list", 200, /^[^,]*{"dataSource.*?"beatsPerMinute":"999"/],
  nan: ["rollUp", 200, /"beatsPerMinuteAvg":"NaN"/],
  strangeValue: ["rollUp", 200, /"beatsPerMinuteAvg":"Infinity"/],
  strangeTime: ["rollUp", 200, /^{"rollupDataPoints":\[{"startTime":"2036-01-01T00:00:00Z"/],
  unknownType: ["list", 200, /^{"dataPoints":\[{"auraBrightness"/],
  unalignedWindows: ["rollUp", 200, /"startTime":"[^"]+:30Z"/],
  clockSkew: ["rollUp", 200, /"startTime":"2026-11-25T17:/],
  emptyPageWithToken: ["list", 200, /^{"nextPageToken":"[^"]+"}$/],
  repeatedToken: ["list", 200, /"nextPageToken":"~"}$/],
  duplicates: ["list", 200, /^{"dataPoints":\[({"dataSource".*?"beatsPerMinute":"\d+"}}),\1,/],
  shuffled: ["rollUp", 200, /^{"rollupDataPoints":\[{/],
  overlap: ["rollUp", 200, /"nextPageToken":"/],
  scopeMissing: ["list", 403, /ACCESS_TOKEN_SCOPE_INSUFFICIENT/],
  permissionDenied: ["list", 403, /The caller does not have permission/],
  accountNotLinked: ["list", 400, /ACCOUNT_NOT_LINKED/],
  unauthenticated: ["list", 401, /UNAUTHENTICATED/],
  serviceDisabled: ["list", 403, /SERVICE_DISABLED/],
  invalidGrant: ["token", 400, /"invalid_grant"/],
  invalidClient: ["token", 401, /"invalid_client"/],
  tokenHtml502: ["token", 502, /Error 502/],
  accessDenied: ["consent", 302, /error=access_denied/],
  scopeSubset: ["consent", 302, /[?&]scope=(&|$)/],
};

async function arrived(call: Call): Promise<Arrived> {
  const response = await calls[call]();
  const text = response.headers.get("location") ?? (await response.text());
  return { status: response.status, text };
}

for (const kind of faultNames) {
  test(`${kind} arrives as it is described, once, and then the server answers as ever`, async () => {
    const fault: FaultSwitch = { kind, megabytes: 1, milliseconds: 5, minutes: 1440 };
    upstream.simulator.faults.set(fault);
    const expected = arrives[kind];
    if (expected === null) await assert.rejects(arrived("list"));
    else {
      const [call, status, text] = expected;
      const { status: got, text: body } = await arrived(call);
      assert.equal(got, status);
      assert.match(body.slice(0, 1_100_000), text);
    }
    assert.deepEqual(upstream.simulator.faults.list(), []);
    const [call] = expected ?? ["list"];
    assert.ok((await arrived(call)).status < 400);
  });
}

test("a page holds at most 5,000 points though 10,000 are asked for, and a token for the rest", async () => {
  const response = await fetch(`${points()}?pageSize=10000`, { headers: bearer() });
  const text = await response.text();
  assert.equal(text.match(/"beatsPerMinute"/g)?.length, 5000);
  assert.match(text, /"nextPageToken":"/);
});
