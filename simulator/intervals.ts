/** A closed-open stretch of time, both ends in milliseconds of the Unix epoch. */
export type Interval = Readonly<{ from: number; to: number }>;

/** Merges overlapping and touching stretches; the answer is sorted and disjoint. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (to <= from) continue;
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** What is left of `whole` without `holes`; both must be sorted and disjoint. */
export function subtract(whole: readonly Interval[], holes: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  for (const { from, to } of whole) {
    let start = from;
    for (const hole of overlapping(holes, from, to)) {
      if (hole.from > start) left.push({ from: start, to: hole.from });
      start = Math.max(start, hole.to);
    }
    if (start < to) left.push({ from: start, to });
  }
  return left;
}

/** The stretches that share an instant with [from, to), oldest first. */
export function overlapping<T extends Interval>(
  sorted: readonly T[],
  from: number,
  to: number,
): readonly T[] {
  const first = firstWhere(sorted.length, (i) => (sorted[i]?.to ?? 0) > from);
  const end = firstWhere(sorted.length, (i) => (sorted[i]?.from ?? 0) >= to);
  return sorted.slice(first, Math.max(first, end));
}

/** The first index of 0 … length for which a monotone condition holds (length where it never does). */
export function firstWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
