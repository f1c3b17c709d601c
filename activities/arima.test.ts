import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ARIMA_ORDERS } from "../imputation/forecast.ts";
import { seededRandom } from "../imputation/random.ts";
import type { ArimaAnswer, ArimaQuestion } from "../testing/arima-thread.ts";
import { needs } from "../testing/requirements.ts";
import { guardedArima, refuseOutput } from "./arima.ts";
import { createPool } from "./imputation-pool.ts";

const pool = createPool<ArimaQuestion, ArimaAnswer>({
  script: new URL("../testing/arima-thread.ts", import.meta.url),
  threads: 1,
  timeoutSeconds: 20,
  recycleAfter: 1000,
});
after(() => pool.close());

/** A log residual as the smoother leaves it: AR(1) with noise. */
function residual(length: number): Float64Array {
  const random = seededRandom("residual");
  let state = 0;
  return new Float64Array(length).map(() => {
    state = 0.9 * state + 0.03 * random.normal();
    return state + 0.02 * random.normal();
  });
}

const guarded = (history: Float64Array, length = 30, order = "2,1,2") =>
  pool.run({ ask: "guarded", history, length, order });

const refuses = async (asked: Promise<ArimaAnswer>, why: RegExp) =>
  assert.match((await asked).refused ?? "it answered", why);

test("a forecast of a healthy residual is finite, with a variance that grows", async () => {
  const { mean = [], variance = [] } = await guarded(residual(600), 60);
  assert.equal(mean.length, 60);
  refuseOutput(residual(600), Float64Array.from(mean), Float64Array.from(variance));
});

test("the same history gives the same bits, in another thread too", async () => {
  const first = await guarded(residual(300));
  const dead = await pool.run({
    ask: "bare",
    history: [...residual(8300)],
    options: {},
    length: 5,
  });
  assert.notEqual(dead.withoutArimaBecause, null);
  const second = await guarded(residual(300));
  assert.deepEqual([second.mean, second.variance], [first.mean, first.variance]);
});

test("on the main thread it refuses to run: a fit would block heartbeats", () => {
  assert.throws(() => guardedArima(residual(300), 5, "2,1,2"), /worker thread only/);
});

for (const order of ["2,0,1", "5,1,2", "3,1,2", "5,1,0", "12,1,12"])
  test(`order ${order}, known to explode, is refused unasked`, () =>
    refuses(guarded(residual(300), 30, order), /not among those allowed/));

test("a missing value inside is refused: the package would carry the one before forward", async () => {
  const history = residual(300);
  history[150] = Number.NaN;
  await refuses(guarded(history), /missing value/);
});

for (const [where, index] of [
  ["first", 0],
  ["last", 299],
] as const)
  test(`a missing ${where} value is refused: the package would answer with nothing but NaN`, async () => {
    const history = residual(300);
    history[index] = Number.NaN;
    await refuses(guarded(history), /missing value/);
    const bare = {
      ask: "bare",
      history: [...history],
      options: { p: 1, d: 0, q: 1, method: 1 },
      length: 3,
    } as const;
    const { mean = [0] } = await pool.run(bare);
    assert.ok(Array.from(mean).every(Number.isNaN));
  });

test("an infinite value is refused", async () => {
  const history = residual(300);
  history[3] = Number.POSITIVE_INFINITY;
  await refuses(guarded(history), /missing value/);
});

test("null is refused: the package would take it for 0", async () => {
  const history = [...residual(300), null] as unknown as Float64Array;
  await refuses(guarded(history), /missing value/);
});

test("a constant history is refused: its forecast would be certain", () =>
  refuses(guarded(new Float64Array(300).fill(0.1)), /variance/));

test("59 minutes are too short, 4,001 too long", async () => {
  await refuses(guarded(residual(59)), /60 to 4000 are allowed/);
  await refuses(guarded(residual(4001)), /60 to 4000 are allowed/);
});

test("no more than six hours are forecast", () =>
  refuses(guarded(residual(300), 361), /1 to 360 are allowed/));

test("8,300 values take the bare package's thread down; the next task finds a new one", async () => {
  const { calls } = await pool.run({ ask: "who are you" });
  const bare = {
    ask: "bare",
    history: [...residual(8300)],
    options: { p: 2, d: 1, q: 2, method: 1 },
    length: 5,
  } as const;
  const told = await pool.run(bare);
  assert.match(told.withoutArimaBecause ?? "it worked", /memory access out of bounds|offset/);
  assert.ok((await pool.run({ ask: "who are you" })).calls <= calls);
  assert.equal((await guarded(residual(300))).refused, undefined);
});

test("a regressor that is always zero makes the bare package answer NaN without a word; the guarded one takes none", async () => {
  const history = [...residual(200)];
  const regressor = history.map((_, i) => (i % 7 === 0 ? 1 : 0));
  const { mean = [] } = await pool.run({ ask: "bare with regressor", history, regressor });
  assert.throws(() =>
    refuseOutput(residual(200), Float64Array.from(mean), new Float64Array(5).fill(1e-4)),
  );
  assert.equal(guardedArima.length, 3);
});

test("a destroyed model answers all the same, so none ever leaves the guard", async () => {
  const { mean = [] } = await pool.run({ ask: "after destroy", history: [...residual(200)] });
  assert.equal(mean.length, 5);
});

for (const [what, mean, variance] of [
  ["a mean of 1e28", [1e28, 0], [1e-4, 2e-4]],
  ["a mean that is not a number", [0, Number.NaN], [1e-4, 2e-4]],
  ["a variance of 1e140", [0, 0], [1e-4, Number.POSITIVE_INFINITY]],
  ["a variance of 1e-313 after a larger one", [0, 0], [1e-4, 1e-313]],
  ["a negative variance", [0, 0], [-1e-4, 1e-4]],
  ["a first minute less certain than the mean", [0, 0], [9, 10]],
] as const)
  test(`${what} is no forecast`, () => {
    const history = residual(300);
    assert.throws(() =>
      refuseOutput(history, Float64Array.from(mean), Float64Array.from(variance)),
    );
  });

/** Real log heart rate around its usual value: `length` measured minutes from about a minute of the record on. */
function realHistory(data: string, from: number, length: number): Float64Array {
  const packed = readFileSync(`${data}/../bench/imputation/cases/4388161847.json.gz`);
  const { heartRate } = JSON.parse(gunzipSync(packed).toString()) as {
    heartRate: (number | null)[];
  };
  const measured = heartRate.slice(from).filter((bpm) => bpm !== null);
  return Float64Array.from(measured.slice(0, length), (bpm) => Math.log(bpm / 75));
}

test("whatever passes the guard on real heart rate, in any order that is allowed, is a pulse; nearly all does", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const tally = { answered: 0, refused: 0 };
  for (const order of ARIMA_ORDERS)
    for (let from = 0; from < 38_000; from += 1900) {
      const { mean, refused } = await guarded(realHistory(data, from, 300), 120, order);
      if (refused === undefined) tally.answered++;
      else tally.refused++;
      assert.ok(
        refused === undefined || /no pulse|far from any pulse|variance|worse/.test(refused),
      );
      assert.ok(Array.from(mean ?? []).every((value) => Math.abs(value) <= 1));
    }
  assert.ok(tally.answered > 0.8 * (tally.answered + tally.refused), JSON.stringify(tally));
});

test("of a history too short for its order the bare package throws, and the guard does not ask it", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const history = realHistory(data, 5000, 9);
  const options = { p: 5, d: 1, q: 0, method: 0 };
  const told = await pool.run({ ask: "bare", history: [...history], options, length: 5 });
  assert.notEqual(told.withoutArimaBecause, null);
  await refuses(guarded(history, 5, "1,0,1"), /60 to 4000 are allowed/);
});

/** What one forecast of the README's order and default method comes to on real heart rate before each of 40 gaps. */
test("the package's own README order on real heart rate gives nonsense without an exception, and the guard sees it", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const folder = `${data}/../bench/imputation/cases`;
  const packed = readFileSync(`${folder}/4388161847.json.gz`);
  const { heartRate } = JSON.parse(gunzipSync(packed).toString()) as {
    heartRate: (number | null)[];
  };
  const options = { p: 2, d: 1, q: 2, method: 0 };
  let nonsense = 0;
  for (let start = 0; nonsense === 0 && start < 40_000; start += 613) {
    const history = heartRate.slice(start, start + 720).filter((bpm) => bpm !== null);
    if (history.length < 700) continue;
    const { mean = [] } = await pool.run({ ask: "bare", history, options, length: 30 });
    if (Array.from(mean).every((bpm) => bpm >= 25 && bpm <= 250)) continue;
    nonsense++;
    const inLog = Float64Array.from(mean, (bpm) => Math.log(bpm / 75));
    assert.throws(() => refuseOutput(residual(300), inLog, new Float64Array(30).fill(1e-4)));
  }
  assert.equal(nonsense, 1);
});
