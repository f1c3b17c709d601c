/** A stage of sleep by minute, as `study.session_stage` names them; null where the device does not say. */
export type StageMinute = string | null;

export type StageFill = Readonly<{
  /** The stage held, or "unknown". */
  stage: string;
  held: boolean;
}>;

/** A stage is held through so many silent minutes, no more: stages last about so long at least. */
const LONGEST_HOLD = 5;

/**
 * Fills the silent minutes of one session: held where they are at most five and both sides say the same stage, else
 * "unknown". Works on one session's minutes only, so that nothing is ever carried from one sleep into another. Returns one
 * entry a minute, null where the device spoke.
 */
export function fillStages(session: readonly StageMinute[]): (StageFill | null)[] {
  const filled: (StageFill | null)[] = session.map(() => null);
  let from = 0;
  while (from < session.length) {
    if (session[from] !== null) {
      from++;
      continue;
    }
    let to = from;
    while (to < session.length && session[to] === null) to++;
    filled.fill(judge(session[from - 1], session[to], to - from), from, to);
    from = to;
  }
  return filled;
}

function judge(before: StageMinute | undefined, after: StageMinute | undefined, minutes: number) {
  const same = typeof before === "string" && before === after;
  return same && minutes <= LONGEST_HOLD
    ? { stage: before, held: true }
    : { stage: "unknown", held: false };
}
