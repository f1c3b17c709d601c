import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const Ready = z.object({
  ready: z.object({
    port: z.number(),
    seed: z.number(),
    epoch: z.string(),
    participants: z.number().optional(),
  }),
});
const Roster = z.array(z.looseObject({ participant: z.string(), code: z.string() }));

async function start(
  t: TestContext,
  ...args: readonly string[]
): Promise<Readonly<{ child: ChildProcess; url: string; ready: z.infer<typeof Ready>["ready"] }>> {
  const child = fork(main, args, { silent: true });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  const [message] = await once(child, "message");
  const { ready } = Ready.parse(message);
  while (!output.includes("\n")) await once(child.stdout ?? child, "data");
  assert.equal(output, `ready ${JSON.stringify(ready)}\n`);
  return { child, url: `http://127.0.0.1:${ready.port}`, ready };
}

async function token(url: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  const client = { client_id: "wearflow-demo", client_secret: "wearflow-demo-secret" };
  return fetch(`${url}/token`, {
    method: "POST",
    body: new URLSearchParams({ ...client, ...fields }),
  });
}

test("a connection made before a restart still works after it", async (t) => {
  const first = await start(t, "--port", "0", "--seed", "11", "--epoch", "2026-10-26");
  const roster = await (await fetch(`${first.url}/simulator/roster`)).text();
  const people = Roster.parse(JSON.parse(roster));
  assert.equal(people.length, 24);
  const code = people[0]?.code ?? "";
  const granted = await token(first.url, { grant_type: "authorization_code", code });
  const { refresh_token } = z
    .looseObject({ refresh_token: z.string() })
    .parse(await granted.json());
  first.child.kill("SIGTERM");
  assert.deepEqual(await once(first.child, "exit"), [0, null]);

  const second = await start(t, "--seed", String(first.ready.seed), "--epoch", first.ready.epoch);
  assert.equal(await (await fetch(`${second.url}/simulator/roster`)).text(), roster);
  assert.equal(
    (await token(second.url, { grant_type: "refresh_token", refresh_token })).status,
    200,
  );
  second.child.disconnect();
  assert.deepEqual(await once(second.child, "exit"), [0, null]);
});

test("without --seed a seed is drawn and printed, and so is the number of people that was asked for", async (t) => {
  const { ready } = await start(t, "--participants", "1");
  assert.ok(Number.isInteger(ready.seed));
  assert.equal(ready.participants, 1);
});

test("a wrong argument is one clear line on stderr and exit code 1", () => {
  const cases = [
    [["--replay", join(tmpdir(), "no such folder")], /^Cannot read the replay folder .*\n$/],
    [["--port", "many"], /^--port: .*\n$/],
    [["--epoch", "2026-02-30"], /^--epoch: .*\n$/],
    [["--frobnicate"], /^Unknown option '--frobnicate'.*\n$/],
  ] as const;
  for (const [args, text] of cases) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...args]);
    assert.equal(status, 1);
    assert.match(String(stderr), text);
    assert.equal(String(stdout), "");
  }
});
