import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createLive } from "./live.ts";

const clock = () => new Date();
const log = { warn: () => undefined };
const POLL_MS = 5;

test("the counter is read by one poll however many listen, and not at all when nobody does", async () => {
  let reads = 0;
  const readCounter = async () => {
    reads += 1;
    return 1;
  };
  const live = createLive({ readCounter, pollMs: POLL_MS, clock, log });
  await wait(30);
  assert.equal(reads, 0);
  const leave = Array.from({ length: 20 }, () => live.listen(1, () => undefined));
  await wait(60);
  const during = reads;
  assert.ok(during > 1 && during < 20, `${during} reads`);
  for (const each of leave) each?.();
  await wait(30);
  const after = reads;
  await wait(60);
  assert.equal(reads, after);
});

test("a listener is told what it has not seen, once, also when it missed it while away", async () => {
  let counter = 7;
  const live = createLive({ readCounter: async () => counter, pollMs: POLL_MS, clock, log });
  const told: (number | null)[] = [];
  const behind: (number | null)[] = [];
  const leave = [
    live.listen(7, (value) => told.push(value)),
    live.listen(3, (value) => behind.push(value)),
  ];
  await wait(40);
  assert.deepEqual([told, behind], [[], [7]]);
  counter = 8;
  await wait(40);
  assert.deepEqual([told, behind], [[8], [7, 8]]);
  for (const each of leave) each?.();
});

test("listeners are told once that the database cannot be read, newcomers too, and the counter once it can, moved or not", async () => {
  let broken = true;
  const readCounter = () => (broken ? Promise.reject(new Error("away")) : Promise.resolve(2));
  const live = createLive({ readCounter, pollMs: POLL_MS, clock, log });
  const told: (number | null)[] = [];
  const later: (number | null)[] = [];
  const leave = [live.listen(2, (value) => told.push(value))];
  await wait(40);
  assert.deepEqual(told, [null]);
  leave.push(live.listen(2, (value) => later.push(value)));
  assert.deepEqual(later, [null]);
  broken = false;
  await wait(40);
  assert.deepEqual(
    [told, later],
    [
      [null, 2],
      [null, 2],
    ],
  );
  for (const each of leave) each?.();
});

test("an open page is refreshed now and then although nothing changed, so that ages stay true", async () => {
  const live = createLive({
    readCounter: async () => 1,
    pollMs: POLL_MS,
    clock,
    log,
    refreshMs: 20,
  });
  let told = 0;
  const leave = live.listen(1, () => {
    told += 1;
  });
  await wait(120);
  leave?.();
  assert.ok(told >= 2 && told <= 7, `told ${told} times`);
});

test("there is room for a bounded number of listeners, and leaving makes room again", () => {
  const live = createLive({
    readCounter: async () => 1,
    pollMs: POLL_MS,
    clock,
    log,
    maxListeners: 2,
  });
  const first = live.listen(1, () => undefined);
  const second = live.listen(1, () => undefined);
  assert.equal(
    live.listen(1, () => undefined),
    null,
  );
  first?.();
  const third = live.listen(1, () => undefined);
  assert.notEqual(third, null);
  second?.();
  third?.();
  assert.equal(live.listeners(), 0);
});
