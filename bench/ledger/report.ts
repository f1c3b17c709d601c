import type { Tally } from "./tally.ts";

/** States that may lead to a message about adherence, and those that are nobody's own doing. */
const BLAMING = new Set(["not_worn", "partial", "unsynced"]);
const NOT_THEIRS = new Set(["pipeline_fault", "not_authorised"]);

/** The confusion tables in words, and the figures of the last line. */
export function report(tally: Tally) {
  const { states, causes, unknowable, causeMinutes, nights, wear } = tally;
  const wrongly = Object.entries(states).filter(([pair]) => {
    const [truth = "", judged = ""] = pair.split(" → ");
    return NOT_THEIRS.has(truth) && BLAMING.has(judged);
  });
  const lines = (title: string, of: Pairs) =>
    [
      `${title} (truth → judged)`,
      ...Object.entries(of)
        .sort(([, a], [, b]) => b - a)
        .map(([pair, n]) => `  ${pair}: ${n}`),
    ].join("\n");
  return {
    table: [
      lines("Days", states),
      lines("Gaps longer than five minutes", causes),
      lines(
        "Such gaps before the battery's first level, told as not worn or on the charger",
        unknowable,
      ),
      `Minutes of all gaps: ${share(causeMinutes)} by their true cause`,
      `Nights of final days: ${nights.right} of ${nights.all} as slept`,
      `Wear: ${wear.days} final days, worst ${round(wear.worst)} of a day`,
    ].join("\n"),
    summary: {
      days: total(states),
      state_accuracy: share(states),
      /** Of all gaps of all days, each once, as the last day found them; those nobody can tell count as told: not worn. */
      cause_accuracy: share(tally.atTheEnd),
      /** Of all gaps at every look: those of the first days are looked at most often. */
      cause_accuracy_every_look: share(causes, unknowable),
      cause_accuracy_where_battery_is_known: share(causes),
      gaps_nobody_can_tell: total(unknowable),
      sleep_accuracy: round(nights.right / Math.max(1, nights.all)),
      wear_error: round(wear.error / Math.max(1, wear.days)),
      wrongly_blamed: wrongly.reduce((sum, [, n]) => sum + n, 0),
    },
  };
}

type Pairs = Readonly<Record<string, number>>;

const total = (...all: Pairs[]) =>
  all.flatMap((each) => Object.values(each)).reduce((sum, n) => sum + n, 0);

/** Of all that was counted, the part that was judged as it was. */
function share(...all: Pairs[]): number {
  const right = all
    .flatMap((each) => Object.entries(each))
    .filter(([pair]) => {
      const [truth, judged] = pair.split(" → ");
      return truth === judged;
    });
  return round(right.reduce((sum, [, n]) => sum + n, 0) / total(...all));
}

const round = (value: number) => Math.round(value * 100_000) / 100_000;
