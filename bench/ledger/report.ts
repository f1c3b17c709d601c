import type { Tally } from "./compare.ts";

/** States that may lead to a message about adherence, and those that are nobody's own doing. */
const BLAMING = new Set(["not_worn", "partial", "unsynced"]);
const NOT_THEIRS = new Set(["pipeline_fault", "not_authorised"]);

/** The confusion tables in words, and the figures of the last line. */
export function report({ states, causes, causeMinutes, wear }: Tally) {
  const wrongly = [...states].filter(([pair]) => {
    const [truth = "", judged = ""] = pair.split(" → ");
    return NOT_THEIRS.has(truth) && BLAMING.has(judged);
  });
  const total = (of: Map<string, number>) => [...of.values()].reduce((sum, n) => sum + n, 0);
  const share = (of: Map<string, number>) => {
    const right = [...of].filter(([pair]) => {
      const [truth, judged] = pair.split(" → ");
      return truth === judged;
    });
    return round(right.reduce((sum, [, n]) => sum + n, 0) / total(of));
  };
  const lines = (title: string, of: Map<string, number>) =>
    [
      `${title} (truth → judged)`,
      ...[...of].sort(([, a], [, b]) => b - a).map(([pair, n]) => `  ${pair}: ${n}`),
    ].join("\n");
  return {
    table: [
      lines("Days", states),
      lines("Gaps longer than five minutes", causes),
      `Minutes of all gaps: ${share(causeMinutes)} by their true cause`,
      `Wear: ${wear.days} final days, worst ${round(wear.worst)} of a day`,
    ].join("\n"),
    summary: {
      days: total(states),
      state_accuracy: share(states),
      cause_accuracy: share(causes),
      wear_error: round(wear.error / Math.max(1, wear.days)),
      wrongly_blamed: wrongly.reduce((sum, [, n]) => sum + n, 0),
    },
  };
}

const round = (value: number) => Math.round(value * 100_000) / 100_000;
