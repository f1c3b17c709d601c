import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { startStack } from "../testing/stack.ts";

test("a busy port is a clear error that says which variable to set", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const port = String(address.port);
  const starting = startStack({ env: { HTTP_PORT: port } });
  await assert.rejects(starting, new RegExp(`Port ${port} is in use.*HTTP_PORT`));
  server.close();
});
