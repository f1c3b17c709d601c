import { z } from "zod";

const Pairs = z.record(z.string(), z.int());

/** Counts of pairs (truth → judged), and what the last line of the bench is made of. */
const TallySchema = z.object({
  people: z.int(),
  states: Pairs,
  /** Gaps longer than five minutes: where the battery's level is known around them or does not matter, and where not. */
  causes: Pairs,
  unknowable: Pairs,
  /** All such gaps as the last day found them, each once: an early gap is looked at six times in sixty days. */
  atTheEnd: Pairs,
  /** By minutes of gaps, beside whole gaps. */
  causeMinutes: Pairs,
  /** Nights that ended in final days. */
  nights: z.object({ right: z.int(), all: z.int() }),
  disagreements: z.array(z.string()),
  wear: z.object({ days: z.int(), error: z.number(), worst: z.number() }),
});
export type Tally = z.infer<typeof TallySchema>;

/** A tally as a shard left it behind. */
export const TallyText = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(TallySchema);

export function newTally(): Tally {
  return {
    people: 0,
    states: {},
    causes: {},
    unknowable: {},
    atTheEnd: {},
    causeMinutes: {},
    nights: { right: 0, all: 0 },
    disagreements: [],
    wear: { days: 0, error: 0, worst: 0 },
  };
}

export function count(into: Record<string, number>, truth: string, judged: string, n = 1): void {
  const key = `${truth} → ${judged}`;
  into[key] = (into[key] ?? 0) + n;
}

export function merge(one: Tally, other: Tally): Tally {
  return {
    people: one.people + other.people,
    states: add(one.states, other.states),
    causes: add(one.causes, other.causes),
    unknowable: add(one.unknowable, other.unknowable),
    atTheEnd: add(one.atTheEnd, other.atTheEnd),
    causeMinutes: add(one.causeMinutes, other.causeMinutes),
    nights: {
      right: one.nights.right + other.nights.right,
      all: one.nights.all + other.nights.all,
    },
    disagreements: [...one.disagreements, ...other.disagreements],
    wear: {
      days: one.wear.days + other.wear.days,
      error: one.wear.error + other.wear.error,
      worst: Math.max(one.wear.worst, other.wear.worst),
    },
  };
}

function add(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const sum = { ...one };
  for (const [key, n] of Object.entries(other)) sum[key] = (sum[key] ?? 0) + n;
  return sum;
}
