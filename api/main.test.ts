import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { environmentWith } from "../config.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";

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

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const withDatabase = () => ({ DATABASE_URL: database.url("wearflow_app") });

test("the server is up without a database, says so, and signs nobody in while it cannot know whom", async () => {
  const child = start();
  const port = await portOf(child);
  for (const path of ["/healthz", "/", "/events"]) {
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 503, path);
  }
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});

test("SIGTERM ends open streams and the process", async () => {
  const child = start(withDatabase());
  const port = await portOf(child);
  const stream = (await fetch(`http://127.0.0.1:${port}/events`)).body?.getReader();
  assert.ok(stream);
  assert.match(new TextDecoder().decode((await stream.read()).value), /listening/);
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

test("a live client turns the demo off for good and prints the first administrator's link", async () => {
  const live = { ...withDatabase(), GOOGLE_CLIENT_ID: "123.apps.googleusercontent.com" };
  for (const variables of [live, withDatabase()]) {
    const child = start(variables);
    let words = "";
    child.stdout?.on("data", (chunk) => {
      words += String(chunk);
    });
    const port = await portOf(child);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 401);
    while (!words.includes("/sign-in/link")) await wait(20);
    assert.match(words, new RegExp(`http://127.0.0.1:${port}/sign-in/link\\?token=[\\w-]{43}\n`));
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
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
