import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChildExit } from "./child.ts";
import { createSupervisor } from "./supervisor.ts";

/** A part whose life the test decides. */
function fakePart(pid: number) {
  const { promise: exited, resolve: die } = Promise.withResolvers<ChildExit>();
  const gone = { code: 0, signal: null };
  return { pid, exited, die: () => die(gone), stop: async () => die(gone) };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

test("a part that may die is started again, also when a start fails in between, and others live on", async () => {
  const fatal: string[] = [];
  const supervisor = createSupervisor(
    () => {},
    (message) => fatal.push(message),
  );
  const lives = [fakePart(1), null, fakePart(3)];
  const start = async () => {
    const next = lives.shift();
    if (next === null || next === undefined) throw new Error("the database is not up yet");
    return next;
  };
  const first = await supervisor.keep("worker", start, { restart: true });
  first.die();
  await until(() => supervisor.pids()["worker"] === 3);
  assert.deepEqual(fatal, []);
  await supervisor.stop();
});

test("a part that may not die, and one that keeps dying, are fatal", async () => {
  const fatal: string[] = [];
  const supervisor = createSupervisor(
    () => {},
    (message) => fatal.push(message),
  );
  const temporal = await supervisor.keep("temporal", async () => fakePart(1));
  temporal.die();
  await until(() => fatal.length === 1);
  const restless = async () => {
    const part = fakePart(2);
    queueMicrotask(part.die);
    return part;
  };
  await supervisor.keep("api", restless, { restart: true });
  await until(() => fatal.length === 2);
  assert.deepEqual(fatal, ["temporal ended (exit code 0)", "api ended (exit code 0)"]);
});

test("stopping goes from the last started to the first, and starts nothing again", async () => {
  const stopped: string[] = [];
  const supervisor = createSupervisor(
    () => {},
    () => assert.fail("nothing is fatal here"),
  );
  for (const name of ["database", "temporal", "worker"]) {
    await supervisor.keep(
      name,
      async () => {
        const part = fakePart(1);
        const stop = async () => {
          stopped.push(name);
          await part.stop();
        };
        return { ...part, stop };
      },
      { restart: true },
    );
  }
  await supervisor.stop();
  assert.deepEqual(stopped, ["worker", "temporal", "database"]);
});

test("stopping waits for what is still starting, stops it too, and lets nothing else begin", async () => {
  const noted: string[][] = [];
  const supervisor = createSupervisor(
    () => {},
    () => assert.fail("nothing is fatal here"),
    () => noted.push(Object.keys(supervisor.pids())),
  );
  const slow = fakePart(7);
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<typeof slow>();
  const keeping = supervisor.keep("database", () => ready, { restart: true });
  const stopping = supervisor.stop();
  await assert.rejects(
    supervisor.keep("api", async () => fakePart(8)),
    /api is not started: everything is being stopped/,
  );
  becomeReady(slow);
  await Promise.all([keeping, stopping]);
  assert.deepEqual(await slow.exited, { code: 0, signal: null });
  assert.deepEqual(noted, [["database"]]);
});
