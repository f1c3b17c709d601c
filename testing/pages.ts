import type { RejectedReading, SamplePage } from "../sources/source.ts";

/** A page as a source would yield it, of these samples and rejects. */
export function pageOf(
  times: readonly number[],
  values: readonly number[],
  rejected: readonly RejectedReading[] = [],
): SamplePage {
  return {
    samples: { times: [...times], values: [...values] },
    rejected,
    provenance: {
      method: "POST",
      url: "http://127.0.0.1/v4/users/me/dataTypes/heart-rate/dataPoints:rollUp",
      requestedWindow: null,
      fetchedAt: new Date("2026-11-25T04:00:00Z"),
      status: 200,
      sha256: "ab".repeat(32),
      bytes: 1000,
      durationMs: 12.4,
    },
  };
}

/** A small seeded generator of numbers in [0, 1): the same seed gives the same numbers (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
