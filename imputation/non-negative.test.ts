import assert from "node:assert/strict";
import { test } from "node:test";
import { solveNonNegative } from "./non-negative.ts";
import { seededRandom } from "./random.ts";

test("for any problem the solution is nowhere negative, and no variable could move to something better", () => {
  let held = 0;
  for (let run = 0; run < 200; run++) {
    const random = seededRandom(`non-negative ${run}`);
    const size = 2 + (run % 7);
    const rows = Array.from({ length: 12 }, () =>
      Array.from({ length: size }, () => random.normal()),
    );
    const gram = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (__, j) =>
        rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0),
      ),
    );
    const right = Array.from({ length: size }, () => 5 * random.normal());
    const x = solveNonNegative(gram, right);
    // Karush–Kuhn–Tucker: slope zero where a variable is free, not upwards where it is held at zero.
    x.forEach((value, i) => {
      const slope = right.reduce(
        (sum, __, j) => sum - (gram[i]?.[j] ?? 0) * (x[j] ?? 0),
        right[i] ?? 0,
      );
      assert.ok(value >= 0);
      assert.ok(value > 0 ? Math.abs(slope) < 1e-8 : slope < 1e-8, `${run}: ${value} ${slope}`);
      held += Number(value === 0);
    });
  }
  assert.ok(held > 100);
});
