import assert from "node:assert/strict";
import { test } from "node:test";
import * as schemas from "./schemas.ts";
import { pageOf, startApi } from "./site-for-tests.ts";

const { researcher, coordinator, get, read } = await startApi();

test("what no answer can be about is refused by the field, and never an empty list", async () => {
  const refused = async (path: string, headers = researcher) => {
    const reply = await get(path, headers);
    assert.equal(reply.status, 422, path);
    return schemas.Problem.parse(await reply.json()).errors;
  };
  const backward = "from=2026-11-20&to=2026-11-10";
  const ofDays = ["days?", "sleep?", "imputation-runs?", "daily-values?metric=daily_steps&"];
  const paths = ofDays.map((path) => `/participants/D-UTC/${path}${backward}`);
  for (const path of [...paths, `/studies/test/days?${backward}`])
    assert.deepEqual(await refused(path), [
      { in: "query", field: "to", message: "must not be before from" },
    ]);
  await read("/participants/D-UTC/days?from=2026-11-02&to=2026-11-02", pageOf(schemas.Day));
  for (const [metric, words] of [
    ["nonsense_metric", /is no metric/],
    ["heart_rate", /is of kind sample: see samples/],
    ["exercise", /is of kind session/],
  ] as const) {
    const errors = await refused(`/participants/D-UTC/daily-values?metric=${metric}`);
    assert.equal(errors?.[0]?.field, "metric");
    assert.match(errors[0].message, words);
  }
  const fields = async (query: string, headers = researcher) =>
    (await refused(`/participants?${query}`, headers))?.map(({ field }) => field);
  assert.deepEqual(await fields("study=nope"), ["study"]);
  assert.deepEqual(await fields("study=sleep-2&site=nowhere&arm=none"), ["site", "arm"]);
  // To who is bound to a site, another study and another site are as if there were none.
  assert.deepEqual(await fields("study=test", coordinator), ["study"]);
  assert.deepEqual(await fields("site=Leeds", coordinator), ["site"]);
  await read("/participants?site=Leeds", pageOf(schemas.Person));
  const none = await read("/participants?study=test&state=withdrawn", pageOf(schemas.Person));
  assert.deepEqual(none.items, []);
});
