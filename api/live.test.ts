import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { News } from "./live.ts";
import { createLive } from "./live.ts";

const clock = () => new Date();
const log = { warn: () => undefined };
const patienceMs = 1000;
const POLL_MS = 5;
const at = (seen: number, address = "192.0.2.1") => ({ seen, address });

test("the counter is read by one poll however many listen, and not at all when nobody does", async () => {
  let reads = 0;
  const readCounter = async () => {
    reads += 1;
    return 1;
  };
  const live = createLive({ readCounter, pollMs: POLL_MS, clock, log, patienceMs });
  await wait(30);
  assert.equal(reads, 0);
  const leave = Array.from({ length: 20 }, () => live.listen(at(1), () => undefined));
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
  const live = createLive({
    readCounter: async () => counter,
    pollMs: POLL_MS,
    clock,
    log,
    patienceMs,
  });
  const told: News[] = [];
  const behind: News[] = [];
  const leave = [
    live.listen(at(7), (news) => told.push(news)),
    live.listen(at(3), (news) => behind.push(news)),
  ];
  await wait(40);
  assert.deepEqual([told, behind], [[], [{ counter: 7 }]]);
  counter = 8;
  await wait(40);
  assert.deepEqual([told, behind], [[{ counter: 8 }], [{ counter: 7 }, { counter: 8 }]]);
  for (const each of leave) each?.();
});

const failures: readonly Readonly<{ how: string; read: () => Promise<number> }>[] = [
  { how: "cannot be read", read: () => Promise.reject(new Error("away")) },
  { how: "never answers", read: () => new Promise(() => undefined) },
];

for (const { how, read } of failures) {
  test(`when the database ${how}, listeners are told once since when, newcomers too, and the counter once it answers, moved or not`, async () => {
    let broken = true;
    const silentSince = new Date("2026-11-25T12:04:00Z");
    let now = silentSince;
    const live = createLive({
      readCounter: () => (broken ? read() : Promise.resolve(2)),
      pollMs: POLL_MS,
      clock: () => now,
      log,
      patienceMs: 20,
    });
    const told: News[] = [];
    const later: News[] = [];
    const leave = [live.listen(at(2), (news) => told.push(news))];
    await wait(10);
    now = new Date("2026-11-25T12:04:30Z");
    await wait(90);
    assert.deepEqual(told, [{ silentSince }]);
    leave.push(live.listen(at(2), (news) => later.push(news)));
    assert.deepEqual(later, [{ silentSince }]);
    broken = false;
    await wait(90);
    const both = [{ silentSince }, { counter: 2 }];
    assert.deepEqual([told, later], [both, both]);
    for (const each of leave) each?.();
  });
}

test("who comes back to a silent database is told so at once, though nobody listened meanwhile", async () => {
  const readCounter = () => new Promise<number>(() => undefined);
  const live = createLive({ readCounter, pollMs: POLL_MS, clock, log, patienceMs: 10 });
  const leave = live.listen(at(2), () => undefined);
  await wait(40);
  leave?.();
  await wait(40);
  const told: News[] = [];
  const again = live.listen(at(2), (news) => told.push(news));
  assert.equal(told.length, 1);
  again?.();
});

test("an open page is refreshed now and then although nothing changed, so that ages stay true", async () => {
  const live = createLive({
    readCounter: async () => 1,
    pollMs: POLL_MS,
    clock,
    log,
    patienceMs,
    refreshMs: 20,
  });
  let told = 0;
  const leave = live.listen(at(1), () => {
    told += 1;
  });
  await wait(120);
  leave?.();
  assert.ok(told >= 2 && told <= 7, `told ${told} times`);
});

test("there is room for a bounded number of listeners, here and of one address, and leaving makes room again", () => {
  const live = createLive({
    readCounter: async () => 1,
    pollMs: POLL_MS,
    clock,
    log,
    patienceMs,
    maxListeners: 3,
    maxPerAddress: 2,
  });
  const come = (address: string) => live.listen(at(1, address), () => undefined);
  const first = come("a");
  const second = come("a");
  assert.equal(come("a"), null);
  const other = come("b");
  assert.notEqual(other, null);
  assert.equal(come("c"), null);
  first?.();
  const third = come("a");
  assert.notEqual(third, null);
  for (const leave of [second, other, third]) leave?.();
  assert.equal(live.listeners(), 0);
});
