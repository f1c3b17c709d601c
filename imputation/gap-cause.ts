/** Why a stretch of a dense metric is missing: the vocabulary of `study.gap` (sql/migrations/0008). */
export const GAP_CAUSES = [
  "not_yet_synced",
  "not_worn",
  "charging",
  "battery_empty",
  "device_memory_exceeded",
  "not_authorised",
  "source_outage",
  "pipeline_fault",
  "sensor_dropout",
  "short_unknown",
  "outside_participation",
] as const;

export type GapCause = (typeof GAP_CAUSES)[number];

/** A gap that stays empty, and why in words that stand on a page. `pending`: the truth may still come. */
export type Refusal = Readonly<{ pending: boolean; reason: string }>;

/** What a study allows. `longestGapMinutes` is the study's own limit; nothing ever goes beyond 360. */
export type FillRules = Readonly<{ longestGapMinutes: number; acrossNonWear: boolean }>;

export const HARD_LIMIT_MINUTES = 360;

/** Wear nobody can prove is believed for so long: in longer ones a zero of the step counter says nothing. */
const UNKNOWN_LIMIT_MINUTES = 15;

type Rule = Readonly<{
  /** Whether the device was on the wrist: only then a zero of the step counter means rest. */
  worn: boolean;
  refusal: Refusal | null;
}>;

const nothingWorn = (why: string): Rule => ({
  worn: false,
  refusal: { pending: false, reason: `nothing was worn: ${why}` },
});
const mayStillCome = (why: string): Rule => ({
  worn: false,
  refusal: { pending: true, reason: `the truth may still come: ${why}` },
});

const RULES: Record<GapCause, Rule> = {
  sensor_dropout: { worn: true, refusal: null },
  short_unknown: { worn: false, refusal: null },
  not_worn: nothingWorn("the device was off"),
  charging: nothingWorn("the device was charging"),
  battery_empty: nothingWorn("the battery was empty"),
  not_yet_synced: mayStillCome("the device has not synced"),
  not_authorised: mayStillCome("there is no grant to read it"),
  source_outage: mayStillCome("the source was not available"),
  pipeline_fault: mayStillCome("our own fault kept it away"),
  device_memory_exceeded: {
    worn: false,
    refusal: { pending: false, reason: "the device forgot it before it synced: wear is not known" },
  },
  outside_participation: {
    worn: false,
    refusal: { pending: false, reason: "outside participation" },
  },
};

/** Whether wear is proven by the gap's cause, so that the steps inside may be used. */
export function wornBy(cause: GapCause): boolean {
  return RULES[cause].worn;
}

/** Null where a gap of this cause and length (minutes) may be filled; else why not. The cause is asked first. */
export function refuse(cause: GapCause, lengthMinutes: number, rules: FillRules): Refusal | null {
  const { refusal } = RULES[cause];
  const overruled = rules.acrossNonWear && refusal?.reason.startsWith("nothing was worn");
  if (refusal !== null && !overruled) return refusal;
  if (cause === "short_unknown" && lengthMinutes > UNKNOWN_LIMIT_MINUTES)
    return {
      pending: false,
      reason: `wear is not proven, and the gap is longer than ${UNKNOWN_LIMIT_MINUTES} minutes`,
    };
  const limit = Math.min(rules.longestGapMinutes, HARD_LIMIT_MINUTES);
  if (lengthMinutes > limit)
    return { pending: false, reason: `longer than the ${limit} minutes that may be filled` };
  return null;
}
