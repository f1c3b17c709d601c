import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import type { TestSimulator } from "../../testing/simulator.ts";
import { testSimulator } from "../../testing/simulator.ts";
import { grantOf, noon } from "../test-client.ts";
import { HOUR } from "../time.ts";
import { faultKinds, faultNames } from "./kinds.ts";
import type { FaultSwitch } from "./switchboard.ts";

/** What only a connection shows, and what bends a page's paging and points: asked as the product asks. */
let upstream: TestSimulator;
let authorization: string;
let participant: string;
before(async () => {
  upstream = await testSimulator({ seed: 7, clock: () => noon, requestsPerMinute: 1e6 });
  participant = upstream.simulator.roster[0]?.participant ?? "";
  authorization = `Bearer ${(await grantOf(upstream.simulator)).access_token}`;
});
after(() => upstream.stop());

const Body = z.looseObject({
  dataPoints: z.array(z.looseObject({})).optional(),
  rollupDataPoints: z
    .array(z.looseObject({ startTime: z.string(), steps: z.unknown().optional() }))
    .optional(),
  nextPageToken: z.string().optional(),
});
type Body = z.infer<typeof Body>;

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${upstream.url}/v4/users/me/${path}`, { headers: { authorization }, ...init });

const rollUp = async (type: string, pageToken?: string): Promise<Body> => {
  const range = {
    startTime: new Date(noon.getTime() - 24 * HOUR).toISOString(),
    endTime: new Date(noon.getTime() - 18 * HOUR).toISOString(),
  };
  const response = await fetch(`${upstream.url}/v4/users/me/dataTypes/${type}/dataPoints:rollUp`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ range, windowSize: "60s", pageSize: 200, pageToken }),
  });
  return Body.parse(await response.json());
};

const tokenReply = (fields: Readonly<Record<string, string>>): Promise<Response> => {
  const client = { client_id: "wearflow-demo", client_secret: "wearflow-demo-secret" };
  const body = new URLSearchParams({ ...client, ...fields });
  return fetch(`${upstream.url}/token`, { method: "POST", body });
};

const met = (fault: FaultSwitch): void => upstream.simulator.faults.set(fault);
const startsOf = ({ rollupDataPoints = [] }: Body): string[] =>
  rollupDataPoints.map(({ startTime }) => startTime);

test("a reset ends the connection without a byte, and the next request is answered", async () => {
  met({ kind: "reset" });
  await assert.rejects(get("identity"), (error: Error) => {
    assert.match(String((error.cause as { code?: string }).code), /ECONNRESET|UND_ERR_SOCKET/);
    return true;
  });
  assert.equal((await get("identity")).status, 200);
});

test("an answer that is broken off has its whole length announced and half of it sent", async () => {
  met({ kind: "brokenOff" });
  const response = await get("identity");
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
});

test("a server that hangs answers nothing for as long as one waits", async () => {
  met({ kind: "hang" });
  const signal = AbortSignal.timeout(300);
  await assert.rejects(get("identity", { signal }), /aborted/i);
});

test("a broken body is whole and no JSON, and another content type changes only the header", async () => {
  const sound: unknown = await (await get("identity")).json();
  met({ kind: "brokenJson" });
  const broken = await (await get("identity")).text();
  assert.throws(() => JSON.parse(broken));
  assert.equal(broken.at(-1), "}");
  met({ kind: "wrongContentType" });
  const response = await get("identity");
  assert.match(response.headers.get("content-type") ?? "", /html/);
  assert.deepEqual(await response.json(), sound);
});

test("a gzip bomb is small on the way and as long as asked for when unpacked", async () => {
  met({ kind: "gzipBomb", megabytes: 30 });
  const response = await get("identity");
  assert.ok(Number(response.headers.get("content-length") ?? "0") < 100_000);
  assert.ok((await response.arrayBuffer()).byteLength > 30_000_000);
});

test("a huge page is sound, as long as asked for, and holds no point that is not in the small one", async () => {
  const small = new Set(startsOf(await rollUp("heart-rate")));
  met({ kind: "hugePage", megabytes: 3 });
  const huge = await rollUp("heart-rate");
  assert.ok(JSON.stringify(huge).length > 3_000_000);
  assert.deepEqual(new Set(startsOf(huge)), small);
});

test("a skewed clock moves Date, the last sync and the readings alike, both ways", async () => {
  const lastSync = async (): Promise<number> =>
    Date.parse(
      /"lastSyncTime":"([^"]+)"/.exec(await (await get("pairedDevices")).text())?.[1] ?? "",
    );
  const [trueSync, trueStart] = [await lastSync(), startsOf(await rollUp("heart-rate"))[0] ?? ""];
  for (const minutes of [10, -10]) {
    met({ kind: "clockSkew", minutes });
    const date = Date.parse((await get("identity")).headers.get("date") ?? "");
    assert.equal(date - noon.getTime(), minutes * 60_000);
    met({ kind: "clockSkew", minutes });
    assert.equal((await lastSync()) - trueSync, minutes * 60_000);
    met({ kind: "clockSkew", minutes });
    const start = startsOf(await rollUp("heart-rate"))[0] ?? "";
    assert.equal(Date.parse(start) - Date.parse(trueStart), minutes * 60_000);
  }
});

test("a rate limit told as a date is told by the server's own clock", async () => {
  met({ kind: "rateLimit", retryAfter: "httpDate", seconds: 30, minutes: -10 });
  const { headers } = await get("identity");
  const until = Date.parse(headers.get("retry-after") ?? "");
  assert.equal(until - Date.parse(headers.get("date") ?? ""), 30_000);
  assert.equal(until - noon.getTime(), -570_000);
});

test("the newest reading has the value or the time asked for, in lists and rolled up, and no other is touched", async () => {
  const soundSteps = await rollUp("steps");
  met({ kind: "strangeValue", value: "1000000000" });
  const steps = await rollUp("steps");
  assert.deepEqual(steps.rollupDataPoints?.[0]?.steps, { countSum: "1000000000" });
  assert.deepEqual(steps.rollupDataPoints?.slice(1), soundSteps.rollupDataPoints?.slice(1));
  met({ kind: "strangeValue", value: "Infinity" });
  const text = JSON.stringify(await rollUp("heart-rate"));
  assert.match(text, /"beatsPerMinuteAvg":"Infinity"/);
  met({ kind: "strangeTime", time: "1970-01-01T00:00:00Z" });
  assert.equal(startsOf(await rollUp("heart-rate"))[0], "1970-01-01T00:00:00Z");
  met({ kind: "strangeTime", time: "1970-01-01T00:00:00Z" });
  const listed = await (await get("dataTypes/heart-rate/dataPoints?pageSize=3")).text();
  assert.match(listed, /"sampleTime":{"physicalTime":"1970-01-01T00:00:00Z"}/);
});

test("a shuffled page holds what the page holds, in another order", async () => {
  const sound = startsOf(await rollUp("heart-rate"));
  met({ kind: "shuffled" });
  const shuffled = startsOf(await rollUp("heart-rate"));
  assert.notDeepEqual(shuffled, sound);
  assert.deepEqual(shuffled.toSorted(), sound.toSorted());
});

test("overlapping pages repeat the end of the page before and leave nothing out", async () => {
  const all = async (): Promise<string[]> => {
    const starts: string[] = [];
    let token: string | undefined;
    do {
      const page = await rollUp("heart-rate", token);
      starts.push(...startsOf(page));
      token = page.nextPageToken;
    } while (token !== undefined);
    return starts;
  };
  const sound = await all();
  met({ kind: "overlap", count: 2 });
  const overlapping = await all();
  assert.ok(overlapping.length > sound.length);
  assert.deepEqual([...new Set(overlapping)].toSorted(), sound.toSorted());
});

test("what a participant takes back is refused from then on, with the token and at its renewal, and a new consent counts", async () => {
  const other = upstream.simulator.roster[1]?.participant ?? "";
  const token = await grantOf(upstream.simulator, other);
  const renew = () =>
    tokenReply({ grant_type: "refresh_token", refresh_token: token.refresh_token });
  const ask = () =>
    fetch(`${upstream.url}/v4/users/me/identity`, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
  assert.deepEqual([(await ask()).status, (await renew()).status], [200, 200]);
  const taken = await fetch(`${upstream.url}/simulator/revocations`, {
    method: "POST",
    body: JSON.stringify({ participant: other }),
  });
  assert.equal(taken.status, 200);
  assert.equal((await ask()).status, 401);
  assert.match(await (await renew()).text(), /"invalid_grant"/);
  assert.equal((await get("identity")).status, 200, "nobody else's");
  const consent = new URLSearchParams({
    client_id: "wearflow-demo",
    redirect_uri: "http://127.0.0.1/callback",
    response_type: "code",
    scope: "https://www.googleapis.com/auth/googlehealth.settings.readonly",
    access_type: "offline",
    login_hint: other,
  });
  const page = await fetch(`${upstream.url}/o/oauth2/v2/auth?${consent}`, { redirect: "manual" });
  const code = new URL(page.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const again = await tokenReply({
    grant_type: "authorization_code",
    code,
    redirect_uri: "http://127.0.0.1/callback",
  });
  assert.equal(again.status, 200);
});

test("who comes back before a wait is over that was told is counted, and who waits is not", async () => {
  upstream.simulator.requests.reset();
  met({ kind: "rateLimit", retryAfter: "seconds", seconds: 30 });
  await get("identity");
  await get("identity");
  const counts = upstream.simulator.requests.counts()[participant];
  assert.deepEqual([counts?.total, counts?.tooEarly, counts?.faults], [2, 1, { rateLimit: 1 }]);
});

test("the list of faults says of each what it does", async () => {
  const kinds: unknown = await (await fetch(`${upstream.url}/simulator/fault-kinds`)).json();
  assert.deepEqual(kinds, faultKinds);
  assert.equal(faultNames.length, Object.keys(faultKinds).length);
});
