import { element } from "./element.ts";

/** Solves A·x = b by Cholesky's decomposition; A is symmetric, positive definite and given by its lower triangle. */
export function solvePositive(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const root = lower.map((row) => row.slice());
  root.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const other = root[j] ?? row;
      const rest = element(row, j) - product(row, other, j);
      row[j] = i === j ? Math.sqrt(rest) : rest / element(other, j);
    }
  });
  const solution = right.slice();
  root.forEach((row, i) => {
    solution[i] = (element(solution, i) - product(row, solution, i)) / element(row, i);
  });
  for (let i = root.length - 1; i >= 0; i--) {
    const row = root[i] ?? right;
    solution[i] = element(solution, i) / element(row, i);
    for (let j = 0; j < i; j++)
      solution[j] = element(solution, j) - element(row, j) * element(solution, i);
  }
  return solution;
}

function product(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += element(a, i) * element(b, i);
  return sum;
}
