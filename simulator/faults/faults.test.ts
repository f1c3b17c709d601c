import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientOf,
  grantOf,
  noon,
  postForm,
  samplesOf,
  simulate,
  windowsOf,
} from "../test-client.ts";
import { HOUR } from "../time.ts";
import { faultNames } from "./kinds.ts";
import type { FaultSwitch } from "./switchboard.ts";

const points = "/v4/users/me/dataTypes/heart-rate/dataPoints";
const rollUp = {
  range: {
    startTime: new Date(noon.getTime() - 12 * HOUR).toISOString(),
    endTime: new Date(noon.getTime() - 6 * HOUR).toISOString(),
  },
  windowSize: "60s",
  pageSize: 100,
};

async function afterFault(fault: FaultSwitch, path = points): Promise<Response> {
  const simulator = await simulate({ faults: [fault] });
  const { access_token } = await grantOf(simulator);
  return simulator.app.request(path, { headers: { authorization: `Bearer ${access_token}` } });
}

test("each refusal has its status and reason", async () => {
  const cases = [
    ["status500", 500, /"status":"INTERNAL"/],
    ["status503", 503, /"status":"UNAVAILABLE"/],
    ["permissionDenied", 403, /"The caller does not have permission"/],
    ["scopeMissing", 403, /"ACCESS_TOKEN_SCOPE_INSUFFICIENT"/],
    ["serviceDisabled", 403, /"SERVICE_DISABLED"/],
    ["accountNotLinked", 400, /"FAILED_PRECONDITION".*"ACCOUNT_NOT_LINKED"/],
    ["unauthenticated", 401, /"UNAUTHENTICATED"/],
    ["rateLimit", 429, /"RESOURCE_EXHAUSTED".*"RATE_LIMIT_EXCEEDED"/],
    ["htmlWith200", 200, /^<!DOCTYPE html>/],
  ] as const;
  for (const [kind, status, text] of cases) {
    const response = await afterFault({ kind, path: "/v4/" });
    assert.equal(response.status, status, kind);
    assert.match(await response.text(), text);
  }
});

test("Retry-After comes as seconds, as a date, absurd, as RetryInfo or not at all", async () => {
  const header = async (retryAfter: FaultSwitch["retryAfter"]): Promise<string | null> =>
    (await afterFault({ kind: "rateLimit", path: "/v4/", seconds: 26, retryAfter })).headers.get(
      "retry-after",
    );
  assert.equal(await header("seconds"), "26");
  assert.equal(await header("httpDate"), "Wed, 25 Nov 2026 12:00:26 GMT");
  assert.equal(await header("absent"), null);
  assert.ok(Number(await header("absurd")) > 1e9);
  assert.equal(await header("tenYears"), "315360000");
  assert.equal(await header("negative"), "-120");
  assert.match((await header("garbage")) ?? "", /^[a-z ]+$/);
  const fault = { kind: "rateLimit", path: "/v4/", seconds: 26, retryAfter: "retryInfo" } as const;
  assert.match(await (await afterFault(fault)).text(), /"retryDelay":"26s"/);
});

test("a fault meets the next N matching requests of its participant, then no more", async () => {
  const simulator = await simulate();
  const [one, other] = simulator.roster;
  simulator.faults.set({
    kind: "status500",
    participant: one?.participant ?? "",
    path: "settings",
    count: 2,
  });
  const mine = await clientOf(simulator, one?.participant);
  const yours = await clientOf(simulator, other?.participant);
  const status = async (client: typeof mine, path: string): Promise<number> =>
    (await client.get(`/v4/users/me/${path}`)).status;
  assert.equal(await status(yours, "settings"), 200);
  assert.equal(await status(mine, "identity"), 200);
  assert.deepEqual(
    [
      await status(mine, "settings"),
      await status(mine, "settings"),
      await status(mine, "settings"),
    ],
    [500, 500, 200],
  );
  assert.deepEqual(simulator.faults.list(), []);
});

test("a rate meets about that share of all requests, the same ones for the same seed", async () => {
  const run = async (): Promise<number[]> => {
    const simulator = await simulate({ faults: [{ kind: "status500", rate: 0.1, path: "/v4/" }] });
    const client = await clientOf(simulator);
    const all: number[] = [];
    for (let i = 0; i < 500; i++) all.push((await client.get("/v4/users/me/identity")).status);
    return all;
  };
  const first = await run();
  const met = first.filter((status) => status === 500).length;
  assert.ok(met > 25 && met < 85, `${met} of 500`);
  assert.deepEqual(await run(), first);
});

test("another shape is sound JSON of which nothing is known", async () => {
  const response = await afterFault({ kind: "otherShape" });
  assert.deepEqual([response.status, await response.json()], [200, { somethingElse: true }]);
});

test("a truncated body is JSON cut in the middle", async () => {
  const response = await afterFault({ kind: "truncatedBody" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /json/);
  await assert.rejects(response.json());
});

test("implausible, nan and unknownType bend the newest point and leave the others", async () => {
  const body = async (kind: FaultSwitch["kind"]): Promise<string> =>
    (await afterFault({ kind })).text();
  assert.match(await body("implausible"), /"beatsPerMinute":"999"/);
  assert.match(await body("nan"), /"beatsPerMinute":"NaN"/);
  assert.match(await body("unknownType"), /^{"dataPoints":\[{"auraBrightness"/);
  const simulator = await simulate();
  const client = await clientOf(simulator);
  const text = async (kind: FaultSwitch["kind"]): Promise<string> => {
    simulator.faults.set({ kind });
    return (await client.post(`${points}:rollUp`, rollUp)).text();
  };
  assert.match(await text("implausible"), /"beatsPerMinuteAvg":999/);
  assert.match(await text("nan"), /"beatsPerMinuteAvg":"NaN"/);
});

test("an empty page with a token loses nothing, and duplicates only repeat", async () => {
  const simulator = await simulate();
  const client = await clientOf(simulator);
  const yesterday = '"2026-11-24T12:00:00Z"';
  const filter = `heart_rate.sample_time.physical_time >= ${yesterday}`;
  const query = { pageSize: "3000", filter };
  const whole = samplesOf(await client.list(query));
  simulator.faults.set({ kind: "emptyPageWithToken", count: 3 });
  assert.deepEqual(samplesOf(await client.list(query)), whole);
  simulator.faults.set({ kind: "duplicates" });
  const doubled = samplesOf(await client.list(query));
  assert.equal(doubled.length, whole.length + 3000);
  assert.equal(new Set(doubled.map(({ at }) => at)).size, whole.length);
});

test("a repeated token asks for the same page again until the fault is used up", async () => {
  const simulator = await simulate();
  const client = await clientOf(simulator);
  const whole = windowsOf(await client.rollUp(rollUp));
  simulator.faults.set({ kind: "repeatedToken", count: 2 });
  const pages = await client.rollUp(rollUp);
  assert.equal(pages[0]?.nextPageToken, pages[1]?.nextPageToken);
  assert.deepEqual(pages[0], pages[1]);
  assert.deepEqual(windowsOf(pages.slice(2)), whole);
});

test("unaligned windows are half a minute off", async () => {
  const simulator = await simulate({ faults: [{ kind: "unalignedWindows" }] });
  const [window] = windowsOf(
    await (await clientOf(simulator)).rollUp({ ...rollUp, pageSize: 1000 }),
  );
  assert.equal((window?.start ?? 0) % 60_000, 30_000);
});

test("faults of the token endpoint leave the API alone, and those of the API the token endpoint", async () => {
  const simulator = await simulate();
  const client = await clientOf(simulator);
  const { refresh_token } = await grantOf(simulator);
  simulator.faults.set({ kind: "invalidGrant" }, { kind: "invalidClient" }, { kind: "rateLimit" });
  assert.equal((await client.get("/v4/users/me/identity")).status, 429);
  assert.equal((await client.get("/v4/users/me/identity")).status, 200);
  const refresh = { grant_type: "refresh_token", refresh_token };
  const answers = [1, 2, 3].map(() => () => postForm(simulator, "/token", refresh));
  const statuses: number[] = [];
  for (const answer of answers) statuses.push((await answer()).status);
  assert.deepEqual(statuses, [400, 401, 200]);
});

test("the side channel sets, lists and clears faults and refuses what it does not know", async () => {
  const { app } = await simulate();
  const post = async (body: unknown): Promise<Response> =>
    app.request("/simulator/faults", { method: "POST", body: JSON.stringify(body) });
  assert.equal((await post({ faults: [{ kind: "earthquake" }] })).status, 400);
  assert.equal((await post("nonsense")).status, 400);
  const faults = faultNames.map((kind) => ({ kind, count: 2 }));
  assert.deepEqual(await (await post({ faults })).json(), { faults });
  await app.request("/simulator/faults", { method: "DELETE" });
  assert.deepEqual(await (await app.request("/simulator/faults")).json(), { faults: [] });
});

test("requests are counted by participant and path, with the most at once", async () => {
  const simulator = await simulate({
    faults: [{ kind: "slow", milliseconds: 30, count: 3, path: "identity" }],
  });
  const client = await clientOf(simulator);
  const id = simulator.roster[0]?.participant ?? "";
  await Promise.all([1, 2, 3].map(() => client.get("/v4/users/me/identity")));
  await client.get("/v4/users/me/settings");
  await simulator.app.request("/v4/users/me/identity");
  const response = await simulator.app.request("/simulator/requests");
  assert.deepEqual(await response.json(), {
    participants: {
      [id]: {
        total: 5,
        maxConcurrency: 3,
        tooEarly: 0,
        faults: { slow: 3 },
        paths: { "POST /token": 1, "GET /v4/users/me/identity": 3, "GET /v4/users/me/settings": 1 },
      },
      unknown: {
        total: 1,
        maxConcurrency: 1,
        tooEarly: 0,
        paths: { "GET /v4/users/me/identity": 1 },
        faults: {},
      },
    },
  });
});
