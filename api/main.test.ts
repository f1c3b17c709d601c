import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { environmentWith } from "../config.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const Ready = z.object({ ready: z.object({ port: z.number() }) });

function start(variables: Record<string, string> = {}): ChildProcess {
  return fork(MAIN, {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: environmentWith({
      DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
      SIMULATOR_URL: "http://127.0.0.1:1",
      GOOGLE_CLIENT_ID: "wearflow-demo",
      EMBEDDED: "1",
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: "0",
      ...variables,
    }),
  });
}

async function portOf(child: ChildProcess): Promise<number> {
  const [message] = await once(child, "message");
  return Ready.parse(message).ready.port;
}

/** Opens the event stream and waits until it has said that nobody can tell what changes. */
async function listen(port: number): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const reply = await fetch(`http://127.0.0.1:${port}/events`);
  const reader = reply.body?.getReader();
  assert.ok(reader);
  let heard = "";
  while (!heard.includes("event: silent")) {
    const { value, done } = await reader.read();
    assert.equal(done, false, heard);
    heard += new TextDecoder().decode(value);
  }
  return reader;
}

test("the server is up without a database and says so, to open pages too, and SIGTERM ends open streams and the process", async () => {
  const child = start();
  const port = await portOf(child);
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 503);
  const stream = await listen(port);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  assert.equal((await stream.read()).done, true);
  assert.deepEqual(await exited, [0, null]);
});

test("a server whose parent is gone stops by itself", async () => {
  const child = start();
  await portOf(child);
  const exited = once(child, "exit");
  child.disconnect();
  assert.deepEqual(await exited, [0, null]);
});

test("a live client turns the demo sign-in off", async () => {
  const child = start({ GOOGLE_CLIENT_ID: "123.apps.googleusercontent.com" });
  const port = await portOf(child);
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 401);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
});

test("a busy port is one clear sentence and exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  assert.ok(address !== null && typeof address === "object");
  const child = start({ HTTP_PORT: String(address.port) });
  let words = "";
  child.stderr?.on("data", (chunk) => {
    words += String(chunk);
  });
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.match(
    words,
    new RegExp(`cannot listen on 127.0.0.1:${address.port}: another process uses`),
  );
  other.close();
});
