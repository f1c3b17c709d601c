import assert from "node:assert/strict";
import { test } from "node:test";
import { instantSpace } from "../testing/instant-space.ts";
import { at } from "./minutes.ts";
import { seededRandom } from "./random.ts";
import { kalmanGains } from "./state-space.ts";
import { steady } from "./volatility.ts";

const MINUTES = 1000;
const GAP = { from: 480, to: 780 };

/** Noise as the model has it up to the gap, and `wilder` times as much after it. */
function steadied(wilder: number) {
  const random = seededRandom("volatility");
  const model = instantSpace({ nugget: 1, components: [] }, MINUTES);
  const series = new Float64Array(MINUTES).map((_, t) =>
    t < GAP.from ? random.normal() : wilder * random.normal(),
  );
  series.fill(Number.NaN, GAP.from, GAP.to);
  const measured = Uint8Array.from(series, (value) => (Number.isNaN(value) ? 0 : 1));
  return { series, steadied: steady(kalmanGains(model, measured), series) };
}

test("beside wilder minutes a gap is wilder, beside usual ones and deep inside it is as the model says", () => {
  const { scale } = steadied(3).steadied;
  assert.ok(at(scale, GAP.to - 1) > 1.8, `${at(scale, GAP.to - 1)}`);
  assert.ok(Math.abs(at(scale, GAP.from) - 1) < 0.15, `${at(scale, GAP.from)}`);
  assert.ok(Math.abs(at(scale, 600) - 1) < 0.1, `${at(scale, 600)}`);
});

test("beside calmer minutes a gap is calmer", () => {
  const { scale } = steadied(0.3).steadied;
  assert.ok(at(scale, GAP.to - 1) < 0.8, `${at(scale, GAP.to - 1)}`);
});

test("one outlier does not make its neighbourhood wild, and a minute says nothing of itself", () => {
  const { series, steadied: usual } = steadied(1);
  const model = instantSpace({ nugget: 1, components: [] }, MINUTES);
  const measured = Uint8Array.from(series, (value) => (Number.isNaN(value) ? 0 : 1));
  const spiked = steady(kalmanGains(model, measured), series.slice().fill(100, 200, 201));
  assert.equal(at(spiked.scale, 200), at(usual.scale, 200));
  assert.ok(at(spiked.scale, 201) / at(usual.scale, 201) < 1.1);
});

test("the steadied series times its scale is the series", () => {
  const { series, steadied: steady3 } = steadied(3);
  for (const t of [0, 479, 780, 999])
    assert.ok(Math.abs(at(steady3.series, t) * at(steady3.scale, t) - at(series, t)) < 1e-12);
});
