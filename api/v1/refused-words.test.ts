import assert from "node:assert/strict";
import { test } from "node:test";
import { cursorOf } from "./cursor.ts";
import { Problem } from "./schemas.ts";
import { RANGE, startApi } from "./site-for-tests.ts";

const { get } = await startApi();

/** What is said of the one field that is wrong. */
async function refusal(path: string): Promise<string> {
  const reply = await get(`/participants/D-UTC/${path}`);
  assert.equal(reply.status, 422, path);
  const { errors } = Problem.parse(await reply.json());
  assert.equal(errors?.length, 1);
  return errors[0]?.message ?? "";
}

test("a cursor whose day the database has no calendar for is no cursor of ours", async () => {
  for (const list of ["days?", "sleep?", "daily-values?metric=daily_steps&"])
    for (const day of ["0000-01-01", "9999-12-31"])
      assert.match(await refusal(`${list}cursor=${cursorOf(day)}`), /is no cursor of this list/);
});

test("of a metric that has no samples it is said where it is served, and of one that is not served, that", async () => {
  const about = (metric: string) => refusal(`samples?${RANGE}&metric=${metric}`);
  assert.match(await about("sleep"), /see sleep$/);
  assert.match(await about("daily_steps"), /see daily-values$/);
  assert.equal(await about("activity_level"), "is not served by the API yet");
  assert.equal(await about("exercise"), "is not served by the API yet");
  assert.match(await about("no_such_metric"), /is no metric/);
});

test("the document says that a page may be empty and still carry a cursor", async () => {
  const document = JSON.parse(await (await get("/openapi.json", {})).text());
  const samples = document.paths["/api/v1/participants/{id}/samples"].get;
  const cursor = samples.parameters.find(({ name }: { name: string }) => name === "cursor");
  assert.match(cursor.description, /may be empty and still/);
  const { next_cursor } = document.components.schemas.Samples.properties;
  assert.match(next_cursor.description, /may be empty and still carry one/);
});
