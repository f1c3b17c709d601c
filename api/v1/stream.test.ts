import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { AppEnv } from "../deps.ts";
import { onTime } from "../security.ts";
import { sendRows } from "./stream.ts";

const file = { format: "csv", columns: ["n"], name: "numbers" } as const;

test("a stream is read no faster than it is taken, and ends where nobody takes it any more", async () => {
  let read = 0;
  let ended = false;
  async function* batches() {
    try {
      for (;;) {
        read += 1;
        yield [{ n: read }];
      }
    } finally {
      ended = true;
    }
  }
  const site = new Hono<AppEnv>();
  site.get("/", (c) => sendRows(c, file, batches()));
  const body = (await site.request("/")).body?.getReader();
  const text = new TextDecoder();
  assert.equal(text.decode((await body?.read())?.value), "n\n");
  assert.equal(text.decode((await body?.read())?.value), "1\n");
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(read < 6, `${read} batches were read for two that were taken`);
  await body?.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(ended);
});

/** Batches that each take a while, and whether they are still read. */
function slowBatches(eachMs: number, rows: readonly object[]) {
  const reading = { batches: 0, ended: false };
  async function* batches() {
    try {
      for (;;) {
        await wait(eachMs);
        reading.batches += 1;
        yield rows;
      }
    } finally {
      reading.ended = true;
    }
  }
  return { reading, batches };
}

test("a stream whose first rows lie behind empty batches is answered at once, and left before them it ends", async () => {
  const { reading, batches } = slowBatches(1, []);
  const site = new Hono<AppEnv>();
  site.use(onTime(500, 500));
  site.get("/", (c) => sendRows(c, file, batches()));
  const reply = await site.request("/");
  assert.equal(reply.status, 200);
  const body = reply.body?.getReader();
  assert.equal(new TextDecoder().decode((await body?.read())?.value), "n\n");
  await body?.cancel();
  await wait(200);
  assert.ok(reading.ended);
});

test("what was answered otherwise because its time was over, or given up, is not read on", async () => {
  const site = new Hono<AppEnv>();
  const late = slowBatches(100, [{ n: 1 }]);
  const left = slowBatches(100, [{ n: 1 }]);
  site.use("/late", onTime(10, 10));
  site.get("/late", (c) => sendRows(c, file, late.batches()));
  site.get("/left", (c) => sendRows(c, file, left.batches()));
  assert.equal((await site.request("/late")).status, 503);
  const gone = new AbortController();
  const asked = site.request("/left", { signal: gone.signal });
  gone.abort();
  await asked;
  await wait(300);
  assert.deepEqual(late.reading, { batches: 1, ended: true });
  assert.deepEqual(left.reading, { batches: 1, ended: true });
});

test("over HTTP a reader ends when who asked is gone, be it before the first rows or in the middle of them", async (t) => {
  const site = new Hono<AppEnv>();
  site.use(compress());
  const early = slowBatches(100, [{ n: 1 }]);
  const middle = slowBatches(1, []);
  site.get("/early", (c) => sendRows(c, file, early.batches()));
  site.get("/middle", (c) => sendRows(c, file, middle.batches()));
  const server = createAdaptorServer({ fetch: site.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(fetch(`${address}/early`, { signal: AbortSignal.timeout(30) }));
  const gone = new AbortController();
  const reply = await fetch(`${address}/middle`, { signal: gone.signal });
  assert.equal(reply.status, 200);
  gone.abort();
  await wait(300);
  assert.deepEqual(early.reading, { batches: 1, ended: true });
  assert.ok(middle.reading.ended);
});
