import { solvePositive } from "./solve-positive.ts";

/** Variables enter and leave a few times each; this many rounds end what rounding would keep going. */
const ROUNDS_PER_VARIABLE = 10;

/**
 * Minimises ½·x′G·x − r′x over x ≥ 0, G positive definite: non-negative least squares on its normal equations by the active
 * set method of Lawson & Hanson 1974 in the form of Bro & de Jong 1997 (J. Chemom. 11:393). Exact but for rounding.
 */
export function solveNonNegative(gram: readonly number[][], right: readonly number[]): number[] {
  const x = right.map(() => 0);
  const free = new Set<number>();
  const tolerance = 1e-12 * Math.max(...right.map(Math.abs));
  for (let round = 0; round < ROUNDS_PER_VARIABLE * right.length; round++) {
    const next = steepest(gram, right, x, free);
    if (next === null || next.slope <= tolerance) break;
    free.add(next.index);
    descend(gram, right, x, free);
  }
  return x;
}

/** The variable held at zero whose growth would help most. */
function steepest(
  gram: readonly number[][],
  right: readonly number[],
  x: readonly number[],
  free: ReadonlySet<number>,
) {
  let best: { index: number; slope: number } | null = null;
  for (const [index, value] of right.entries()) {
    const slope = (gram[index] ?? []).reduce((rest, g, j) => rest - g * (x[j] ?? 0), value);
    if (!free.has(index) && (best === null || slope > best.slope)) best = { index, slope };
  }
  return best;
}

/** Goes to the solution for the free variables; where one would turn negative on the way, it is held at zero from there on. */
function descend(
  gram: readonly number[][],
  right: readonly number[],
  x: number[],
  free: Set<number>,
): void {
  while (free.size > 0) {
    const solved = solveFree(gram, right, free);
    const wall = nearestWall(solved, x);
    const share = wall?.share ?? 1;
    for (const [i, value] of solved) x[i] = (x[i] ?? 0) + share * (value - (x[i] ?? 0));
    if (wall === null) return;
    x[wall.index] = 0;
    free.delete(wall.index);
  }
}

/** The variable that is first at zero on the way, and after which share of the way. */
function nearestWall(solved: ReadonlyMap<number, number>, x: readonly number[]) {
  let nearest: { index: number; share: number } | null = null;
  for (const [index, value] of solved) {
    const now = x[index] ?? 0;
    const share = value > 0 ? 1 : now / (now - value || 1);
    if (value <= 0 && (nearest === null || share < nearest.share)) nearest = { index, share };
  }
  return nearest;
}

function solveFree(
  gram: readonly number[][],
  right: readonly number[],
  free: ReadonlySet<number>,
): Map<number, number> {
  const indices = [...free].sort((a, b) => a - b);
  const lower = indices.map((i, row) =>
    Float64Array.from(indices.slice(0, row + 1), (j) => gram[i]?.[j] ?? 0),
  );
  const solution = solvePositive(
    lower,
    Float64Array.from(indices, (i) => right[i] ?? 0),
  );
  return new Map(indices.map((i, k) => [i, solution[k] ?? 0]));
}
