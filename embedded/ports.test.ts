import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { assertPortFree, findFreePort, listenOnLoopback } from "./ports.ts";

test("a busy port is named with what wanted it and the variable that sets another", async () => {
  const server = createServer();
  const port = await listenOnLoopback(server, 0, "a test", "NOTHING");
  await assert.rejects(assertPortFree(port, "the page", "HTTP_PORT"), {
    message: `Port ${port} is in use, so the page cannot listen on 127.0.0.1:${port}: set HTTP_PORT to another port, or stop what listens there`,
  });
  server.close();
});

test("a free port is left free by the check", async () => {
  const port = await findFreePort();
  await assertPortFree(port, "the page", "HTTP_PORT");
  await assertPortFree(port, "the page", "HTTP_PORT");
});
