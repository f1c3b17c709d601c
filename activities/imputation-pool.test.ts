import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ImputeTask } from "../imputation/impute-all.ts";
import { mask } from "../imputation/minutes.ts";
import type { ArimaAnswer, ArimaQuestion } from "../testing/arima-thread.ts";
import { simulatedMinutes } from "../testing/simulated-minutes.ts";
import type { PoolOptions } from "./imputation-pool.ts";
import { createImputationPool, createPool } from "./imputation-pool.ts";

const script = new URL("../testing/arima-thread.ts", import.meta.url);
const open: { close(): Promise<void> }[] = [];
after(() => Promise.all(open.map((pool) => pool.close())));

function testPool(options: Partial<PoolOptions>) {
  const pool = createPool<ArimaQuestion, ArimaAnswer>({
    script,
    threads: 1,
    timeoutSeconds: 20,
    recycleAfter: 100,
    ...options,
  });
  open.push(pool);
  return pool;
}

test("a task that never ends is ended with its thread, and tried again without arima", async () => {
  const pool = testPool({ timeoutSeconds: 4 });
  const { withoutArimaBecause, calls } = await pool.run({ ask: "never answer" });
  assert.equal(withoutArimaBecause, "the thread ran out of time");
  assert.equal(calls, 1);
});

test("a thread is replaced after so many tasks", async () => {
  const pool = testPool({ recycleAfter: 3 });
  const calls: number[] = [];
  for (let i = 0; i < 7; i++) calls.push((await pool.run({ ask: "who are you" })).calls);
  assert.deepEqual(calls, [1, 2, 3, 1, 2, 3, 1]);
});

test("more tasks than threads wait for their turn, and every one is answered", async () => {
  const pool = testPool({ threads: 2 });
  const answers = await Promise.all(
    Array.from({ length: 9 }, () => pool.run({ ask: "who are you" })),
  );
  assert.equal(answers.length, 9);
  assert.ok(answers.every(({ calls }) => calls <= 9));
});

function taskOf(): ImputeTask {
  const minutes = simulatedMinutes(5, "pool");
  return {
    minutes: { ...minutes, heartRate: mask(minutes.heartRate, 3500, 30) },
    gaps: [
      { start: 3500, length: 30, cause: "sensor_dropout" },
      { start: 3500, length: 30, cause: "not_worn" },
    ],
    rules: { longestGapMinutes: 120, acrossNonWear: false },
    serving: null,
    backTest: { seed: "pool", each: 1 },
    draws: { count: 2, seeds: ["one", "two"] },
  };
}

test("a participant's task comes back filled, refused, back-tested with arima and drawn, the same each time", async () => {
  const pool = createImputationPool({ threads: 1 });
  open.push(pool);
  const first = await pool.run(taskOf());
  const [filled, refused] = first.imputations;
  assert.ok(filled && "filled" in filled);
  assert.ok(refused && "refusal" in refused);
  assert.deepEqual(
    new Set(first.tests.map(({ method }) => method)),
    new Set(["smoother", "arima_two_sided"]),
  );
  assert.deepEqual(
    first.draws.map((draws) => draws.length),
    [2, 0],
  );
  assert.deepEqual(await pool.run(taskOf()), first);
});
