import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { TestClient } from "../test-client.ts";
import { clientOf, grantOf, noon, simulate } from "../test-client.ts";
import { DAY } from "../time.ts";

const ErrorBody = z.object({
  error: z.object({
    code: z.number(),
    message: z.string(),
    status: z.string(),
    details: z
      .array(
        z.looseObject({
          reason: z.string().optional(),
          metadata: z.record(z.string(), z.string()).optional(),
        }),
      )
      .optional(),
  }),
});

async function refusal(response: Response): Promise<(number | string | undefined)[]> {
  const { error } = ErrorBody.parse(await response.json());
  assert.equal(error.code, response.status);
  const [info] = error.details ?? [];
  return [response.status, error.status, info?.reason, info?.metadata?.["detailedReasons"]];
}

const points = "/v4/users/me/dataTypes/heart-rate/dataPoints";
const filtered = (client: TestClient, filter: string): Promise<Response> =>
  client.get(`${points}?${new URLSearchParams({ filter })}`);

test("a filter outside Google's grammar is refused with the detailed reason", async () => {
  const client = await clientOf(await simulate());
  const time = "heart_rate.sample_time.physical_time";
  const when = '"2026-11-24T00:00:00Z"';
  const cases: [string, string][] = [
    [`heart_rate.interval.start_time >= ${when}`, "DATA_TYPE_MEMBER"],
    [`heart_rate.sample_time >= ${when}`, "DATA_TYPE_MEMBER"],
    [`steps.interval.start_time >= ${when}`, "COLLECTION_MISMATCH"],
    [`heart-rate.sample_time.physical_time >= ${when}`, "SYNTAX"],
    [`${time} >= ${when} OR ${time} < ${when}`, "DATA_TYPE_RESTRICTION"],
    [`${time} > ${when}`, "DATA_TYPE_RESTRICTION"],
    [`${time} >= 2026-11-24T00:00:00Z`, "SYNTAX"],
    [`${time} >= "2026-11-24"`, "SYNTAX"],
    [`heart_rate.sample_time.civil_time >= ${when}`, "SYNTAX"],
    [`${time} >=`, "MISSING_TOKEN"],
    [`${time} >= ${when} AND`, "SYNTAX"],
    [`${time} >= ${when} ${time} < ${when}`, "SYNTAX"],
    ["nonsense", "SYNTAX"],
  ];
  for (const [filter, reason] of cases)
    assert.deepEqual(
      await refusal(await filtered(client, filter)),
      [400, "INVALID_ARGUMENT", "INVALID_DATA_POINT_FILTER", `INVALID_DATA_POINT_FILTER_${reason}`],
      filter,
    );
});

test("the refusal of a filter names the member and its place, as the measured body does", async () => {
  const client = await clientOf(await simulate());
  const response = await filtered(client, 'heart_rate.sample_time >= "2026-11-24T00:00:00Z"');
  const description =
    "Member 'heart_rate.sample_time' is not supported for filtering. (at line 1, column 1)";
  const detailedReasons = "INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER";
  assert.deepEqual(await response.json(), {
    error: {
      code: 400,
      message: `Invalid data point filter: ${detailedReasons}, ${description}`,
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "INVALID_DATA_POINT_FILTER",
          domain: "health.googleapis.com",
          metadata: { detailedReasons },
        },
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "filter", description }],
        },
      ],
    },
  });
});

test("a rollUp outside its limits is refused", async () => {
  const client = await clientOf(await simulate());
  const at = (days: number): string => new Date(noon.getTime() + days * DAY).toISOString();
  const day = { startTime: at(-1), endTime: at(0) };
  const duration = "INVALID_ROLLUP_QUERY_DURATION";
  const cases: [object, string | undefined][] = [
    [{ range: { startTime: at(-14.01), endTime: at(0) }, windowSize: "60s" }, duration],
    [{ range: day, windowSize: "0s" }, duration],
    [{ range: day, windowSize: "0.5s" }, duration],
    [{ range: day, windowSize: "1m" }, duration],
    [{ range: day, windowSize: "3600s", pageSize: 10_000 }, duration],
    [{ range: { startTime: at(0), endTime: at(-1) }, windowSize: "60s" }, "INVALID_TIME_RANGE"],
    [{ range: { startTime: "today", endTime: at(0) }, windowSize: "60s" }, "INVALID_TIME_RANGE"],
    [{ range: day, windowSize: "60s", pageToken: "stale" }, "INVALID_PAGE_TOKEN"],
    [{ range: day }, undefined],
    [{ range: day, windowSize: "60s", window: "60s" }, undefined],
  ];
  for (const [body, reason] of cases)
    assert.deepEqual(
      (await refusal(await client.post(`${points}:rollUp`, body))).slice(0, 3),
      [400, "INVALID_ARGUMENT", reason],
      JSON.stringify(body),
    );
  const full = {
    range: { startTime: at(-14), endTime: at(0) },
    windowSize: "60s",
    pageSize: 10_000,
  };
  assert.equal((await client.post(`${points}:rollUp`, full)).status, 200);
});

test("a page token is good only for the request that it continues", async () => {
  const client = await clientOf(await simulate());
  const { nextPageToken: pageToken = "" } = await client.page({ pageSize: "2000", filter: "" });
  const query = new URLSearchParams({ pageSize: "1999", filter: "", pageToken });
  const [status, , reason] = await refusal(await client.get(`${points}?${query}`));
  assert.deepEqual([status, reason], [400, "INVALID_PAGE_TOKEN"]);
});

test("an unknown data type or family is our mistake", async () => {
  const client = await clientOf(await simulate());
  const parent = "INVALID_PARENT_DATA_TYPE_COLLECTION";
  const cases = [
    ["/v4/users/me/dataTypes/resting-heart-rate/dataPoints", parent],
    ["/v4/users/me/dataTypes/heart_rate/dataPoints", `${parent}_FORMAT`],
    [`${points}?dataSourceFamily=wearables`, "INVALID_DATA_POINT_DATA_SOURCE_FAMILY"],
  ] as const;
  for (const [path, reason] of cases)
    assert.deepEqual((await refusal(await client.get(path))).slice(0, 3), [
      400,
      "INVALID_ARGUMENT",
      reason,
    ]);
  const foreign = await client.get("/v4/users/4711/identity");
  assert.deepEqual((await refusal(foreign)).slice(0, 2), [403, "PERMISSION_DENIED"]);
  assert.equal((await client.get("/v4/users/me/nothing")).status, 404);
});

test("a missing, foreign, expired or wrong kind of token is a 401 without details", async () => {
  let now = noon;
  const simulator = await simulate({ clock: () => now });
  const { access_token, refresh_token } = await grantOf(simulator);
  const foreign = await grantOf(await simulate({ seed: 8 }));
  const ask = (authorization?: string): Promise<Response> =>
    Promise.resolve(
      simulator.app.request("/v4/users/me/identity", {
        headers: authorization === undefined ? {} : { authorization },
      }),
    );
  assert.equal((await ask(`Bearer ${access_token}`)).status, 200);
  const bad = [undefined, "Bearer x", `Bearer ${refresh_token}`, `Bearer ${foreign.access_token}`];
  for (const authorization of bad) {
    const [status, name, reason] = await refusal(await ask(authorization));
    assert.deepEqual([status, name, reason], [401, "UNAUTHENTICATED", undefined], authorization);
  }
  now = new Date(noon.getTime() + 3_599_000);
  assert.equal((await ask(`Bearer ${access_token}`)).status, 401);
});

test("the 301st request of a minute is a 429 without Retry-After, and a minute later all is well", async () => {
  let now = noon;
  const simulator = await simulate({ clock: () => now, requestsPerMinute: 300 });
  const client = await clientOf(simulator);
  for (let i = 0; i < 300; i++)
    assert.equal((await client.get("/v4/users/me/identity")).status, 200);
  const refused = await client.get("/v4/users/me/identity");
  assert.equal(refused.headers.get("retry-after"), null);
  assert.deepEqual((await refusal(refused)).slice(0, 3), [
    429,
    "RESOURCE_EXHAUSTED",
    "RATE_LIMIT_EXCEEDED",
  ]);
  const other = await clientOf(simulator, simulator.roster[1]?.participant);
  assert.equal((await other.get("/v4/users/me/identity")).status, 200);
  now = new Date(noon.getTime() + 60_000);
  for (let i = 0; i < 300; i++)
    assert.equal((await client.get("/v4/users/me/identity")).status, 200);
});
