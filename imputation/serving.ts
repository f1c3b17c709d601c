import { HARD_LIMIT_MINUTES } from "./gap-cause.ts";

/** Lengths (minutes) the back-test masks; a gap is judged by the first that is not shorter. */
export const BACK_TEST_LENGTHS = [5, 15, 30, 60, 120, 360] as const;

/** The length a gap is judged by; undefined where it is longer than any. */
export function judgedBy(lengthMinutes: number): number | undefined {
  return BACK_TEST_LENGTHS.find((length) => lengthMinutes <= length);
}

type ModelMethod = "smoother" | "arima_two_sided";

/** Which method serves gaps of up to a length, and by how much its intervals must be widened to hold what they promise. */
export type Serve = Readonly<{
  upToMinutes: number;
  method: ModelMethod;
  widen: Readonly<Partial<Record<string, number>>>;
}>;

/** What a participant's back-test decided. */
export type Serving = Readonly<{
  byLength: readonly Serve[];
  longestGapMinutes: number;
  /** Why nothing longer is filled. */
  reason: string;
}>;

const UNTESTED: Serve = { upToMinutes: HARD_LIMIT_MINUTES, method: "smoother", widen: {} };

export function servingFor(serving: Serving | null, lengthMinutes: number): Serve {
  return serving?.byLength.find(({ upToMinutes }) => lengthMinutes <= upToMinutes) ?? UNTESTED;
}
