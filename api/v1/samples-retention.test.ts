import assert from "node:assert/strict";
import { before, test } from "node:test";
import { dropChunks } from "../../sql/maintenance.ts";
import { closeDays } from "./filled-for-tests.ts";
import { Problem } from "./schemas.ts";
import { startApi } from "./site-for-tests.ts";

const { database, researcher, get, samplesOf } = await startApi();

const range = (from: string, to: string) => `from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
const ALL = range("2026-11-01", "2026-11-05");
const KEPT_FROM = "2026-11-03T00:00:00.000Z";
const hours = `metric=heart_rate&resolution=hour&${ALL}`;
const days = `metric=heart_rate&resolution=day&${ALL}`;
/** What was answered before anything was dropped. */
const had = new Map<string, unknown>();
let tag = "";

before(async () => {
  await closeDays(database);
  for (const id of ["D-UTC", "D-KOL"]) {
    had.set(`${id} hours`, (await samplesOf(id, hours)).samples);
    had.set(`${id} days`, (await samplesOf(id, days)).samples);
  }
  const minutes = `/participants/D-UTC/samples?metric=heart_rate&resolution=minute&${ALL}`;
  tag = (await get(minutes)).headers.get("ETag") ?? "";
  assert.notEqual(tag, "");
  await dropChunks(database.owner, new Date("2026-11-03T12:00:00Z"));
});

/** Why a question is not answered; also one that brings the tag of what was answered before. */
async function refusal(id: string, query: string): Promise<string> {
  const reply = await get(`/participants/${id}/samples?${query}`, {
    ...researcher,
    "If-None-Match": tag,
  });
  assert.equal(reply.status, 422, query);
  return Problem.parse(await reply.json()).errors?.[0]?.message ?? "";
}

test("what needs samples that are no longer kept is refused with the day from which they are, in every format", async () => {
  for (const asked of [
    `metric=heart_rate&resolution=minute&${ALL}`,
    `metric=heart_rate&resolution=minute&format=csv&${ALL}`,
    `metric=heart_rate&resolution=raw&values=analysis&${ALL}`,
    `metric=heart_rate&${range("2026-11-02", "2026-11-03")}`,
    `metric=steps&resolution=day&${ALL}`,
  ]) {
    assert.match(
      await refusal("D-UTC", asked),
      new RegExp(`before ${KEPT_FROM} are no longer kept`),
    );
  }
  const inside = "from=2026-11-03T12:00:00Z&to=2026-11-04T00:00:00Z";
  // Five and a half hours east of UTC a day that this touches began before.
  await refusal(
    "D-KOL",
    "metric=steps&resolution=day&from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z",
  );
  assert.equal(
    (await samplesOf("D-UTC", `metric=heart_rate&resolution=minute&${inside}`)).samples.length,
    720,
  );
});

test("hours outlive their samples, and so do days made of whole ones; days that begin at half past are refused, not wrong", async () => {
  for (const id of ["D-UTC", "D-KOL"])
    assert.deepEqual((await samplesOf(id, hours)).samples, had.get(`${id} hours`));
  assert.deepEqual((await samplesOf("D-UTC", days)).samples, had.get("D-UTC days"));
  assert.match(await refusal("D-KOL", days), /half past an hour need them: ask by the hour/);
  const later = `metric=heart_rate&resolution=day&from=2026-11-03T18:30:00Z&to=2026-11-05T00:00:00Z`;
  assert.deepEqual(
    (await samplesOf("D-KOL", later)).samples,
    (had.get("D-KOL days") as []).slice(-1),
  );
});

test("imputed minutes are kept, and an answer across the edge has another tag once the edge has moved", async () => {
  const imputed = `metric=heart_rate&values=imputed&resolution=minute&limit=5000&${ALL}`;
  assert.equal((await samplesOf("D-UTC", imputed)).samples.length, 30);
  const tagOf = async (query: string) =>
    (await get(`/participants/D-UTC/samples?${query}`)).headers.get("ETag");
  const before = `metric=heart_rate&resolution=hour&${range("2026-11-01", "2026-11-03")}`;
  const tags = [await tagOf(hours), await tagOf(before)];
  await dropChunks(database.owner, new Date("2026-11-04T12:00:00Z"));
  assert.notEqual(await tagOf(hours), tags[0]);
  assert.equal(await tagOf(before), tags[1]);
  // One that drops nothing leaves it where it is.
  await dropChunks(database.owner, new Date("2026-11-02T12:00:00Z"));
  assert.match(await refusal("D-UTC", `metric=steps&resolution=day&${ALL}`), /2026-11-04/);
});

test("of who has nothing from before it, and where nothing was dropped, no range is refused", async () => {
  const years =
    "metric=heart_rate&resolution=minute&from=2000-01-01T00:00:00Z&to=2027-01-01T00:00:00Z";
  await samplesOf("S2-0410", years);
  await refusal("D-UTC", years);
  await database.owner.query("delete from study.retention");
  await dropChunks(database.owner, new Date("2026-11-01T00:00:00Z"));
  const { rows } = await database.owner.query("select from study.retention");
  assert.deepEqual(rows, []);
});
