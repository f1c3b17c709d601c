import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";

const SEATS = 20;

/** The pages over HTTP, where requests have an address, on a database that never answers. */
async function startServer() {
  const silent = () => undefined;
  const stopping = new AbortController();
  const app = createApp({
    db: { query: () => new Promise(() => undefined) } as never,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    log: { info: silent, warn: silent, error: silent },
    stopping: stopping.signal,
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // A reply that nobody holds is closed when memory is swept.
  const held: Response[] = [];
  return {
    async listen(headers: Record<string, string> = {}, signal: AbortSignal | null = null) {
      const reply = await fetch(`http://127.0.0.1:${port}/events`, { headers, signal });
      held.push(reply);
      return reply;
    },
    async stop() {
      stopping.abort();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("one address holds twenty streams at most, is told so in words, and gets a seat back for each it closes", async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const first = new AbortController();
  assert.equal((await server.listen({}, first.signal)).status, 200);
  for (let each = 1; each < SEATS; each += 1) assert.equal((await server.listen()).status, 200);
  const refused = await server.listen({ Accept: "text/html", "HX-Request": "true" });
  assert.deepEqual([refused.status, refused.headers.get("Retry-After")], [429, "60"]);
  assert.match(await refused.text(), /Too many pages are open/);
  first.abort();
  let again = await server.listen();
  for (let tries = 0; again.status === 429 && tries < 50; tries += 1) again = await server.listen();
  assert.equal(again.status, 200);
});

test("behind a proxy on this machine the address is the one the proxy saw, and no other word of the client's counts", async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const from = (index: number, seen: string) =>
    server.listen({ "X-Forwarded-For": `198.51.100.${index}, ${seen}` });
  for (let each = 0; each < SEATS; each += 1) {
    assert.equal((await from(each, "192.0.2.1")).status, 200);
  }
  assert.equal((await from(99, "192.0.2.1")).status, 429);
  assert.equal((await from(99, "192.0.2.2")).status, 200);
});
