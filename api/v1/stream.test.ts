import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { AppEnv } from "../deps.ts";
import { sendRows } from "./stream.ts";

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
  const file = { format: "csv", columns: ["n"], name: "numbers" } as const;
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
