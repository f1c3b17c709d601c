import assert from "node:assert/strict";
import { test } from "node:test";
import type { Holder } from "./line.ts";
import { createLine } from "./line.ts";

/** Has all of them wait behind a first holder, each for one turn; the order in which they had it. */
async function orderOf(waiting: readonly (Holder & Readonly<{ name: string }>)[]) {
  const line = createLine();
  const first = {};
  await line.acquire(first);
  const order: string[] = [];
  const all = waiting.map(async (who) => {
    await line.acquire(who);
    order.push(who.name);
    line.release(who);
  });
  line.release(first);
  await Promise.all(all);
  return order;
}

test("who yields goes behind who came later, and each lane keeps its order", async () => {
  const waiting = ["run 1", "page 1", "run 2", "page 2"].map((name) => ({
    name,
    yields: name.startsWith("run"),
  }));
  assert.deepEqual(await orderOf(waiting), ["page 1", "page 2", "run 1", "run 2"]);
});

test("who yields has a turn after every eight of the others, however many these are", async () => {
  const run = { name: "run", yields: true };
  const pages = Array.from({ length: 40 }, (_, index) => ({ name: `page ${index}` }));
  const order = await orderOf([run, { ...run }, ...pages]);
  assert.deepEqual(
    order.flatMap((name, index) => (name === "run" ? [index] : [])),
    [8, 17],
  );
});

test("the holder has its turn again at once, and a release by somebody else changes nothing", async () => {
  const line = createLine();
  const [first, second] = [{}, {}];
  await line.acquire(first);
  await line.acquire(first);
  line.release(second);
  assert.equal(line.isHeldBy(first), true);
  const waits = line.acquire(second);
  line.release(first);
  await waits;
  assert.equal(line.isHeldBy(second), true);
});
