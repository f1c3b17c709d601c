import { countMeasured, isMissing } from "../imputation/minutes.ts";
import { accessTo, faultOf } from "./access.ts";
import type { DayState } from "./day-state.ts";
import { dayState } from "./day-state.ts";
import type { DayFacts, PersonFacts } from "./facts.ts";
import type { JudgedGap } from "./gaps.ts";
import { findGaps } from "./gaps.ts";
import type { WearRules } from "./rules.ts";
import { createSyncs } from "./syncs.ts";
import type { Timeline } from "./timeline.ts";
import { firstWhere, indexOf, MINUTE_MS } from "./timeline.ts";
import { validDayLimit } from "./valid-day.ts";
import type { Evidence } from "./worn-minutes.ts";
import { countWorn, wornMinutes } from "./worn-minutes.ts";

/** What a state rests on; stored with it. Minutes by cause, instants as texts. */
export type Proof = Readonly<{
  wornBy: Readonly<Record<Exclude<Evidence, "none">, number>>;
  missingBy: Readonly<Partial<Record<JudgedGap["cause"], number>>>;
  finalAt: string | null;
  readAt: string | null;
  /** Of days that are open or lie on a device yet: up to when that has handed over, and when we last looked. */
  handedOverTo?: string | null;
  lookedAt?: string | null;
  /** Of days that could not be read: whose doing. */
  access?: string;
}>;

export type JudgedDay = Readonly<{
  day: string;
  startMs: number;
  endMs: number;
  state: DayState;
  /** Minutes of the day; 1,380 to 1,500 as clocks change. */
  expectedMinutes: number;
  /** Minutes with a heart rate. */
  receivedMinutes: number;
  wearMinutes: number;
  /** Enough wear to be valid, whatever else may hold. */
  validSoFar: boolean;
  proof: Proof;
}>;

export type Judgement = Readonly<{
  days: readonly JudgedDay[];
  /** Of the whole timeline. */
  gaps: readonly JudgedGap[];
  /** Whether a sensor gave anything but one value again and again in a span. */
  isMeasured(span: Readonly<{ fromMs: number; toMs: number }>): boolean;
}>;

/**
 * Judges consecutive local days from what was measured and what is known of the participant: each day's state with its
 * proof, and every gap with its cause. Pure: `nowMs` (epoch milliseconds) is the moment it is judged as of, and minutes
 * after it are not expected yet. The timeline begins where the first day does.
 */
export function judgeDays(
  timeline: Timeline,
  days: readonly DayFacts[],
  person: PersonFacts,
  rules: WearRules,
  nowMs: number,
): Judgement {
  const syncs = createSyncs(person);
  const worn = wornMinutes(timeline, rules);
  const judged = days.map((day) => ({ ...day, access: accessTo(day, person, syncs, nowMs) }));
  const gaps = findGaps({ timeline, worn, days: judged, person, syncs, rules, nowMs });
  return {
    gaps,
    isMeasured({ fromMs, toMs }) {
      const [from, to] = [indexOf(timeline, fromMs), indexOf(timeline, toMs)];
      return timeline.heartRate
        .subarray(from, to)
        .some((value, i) => !isMissing(value) && worn.flat[from + i] !== 1);
    },
    days: judged.map((day) => {
      const { access } = day;
      const [from, to] = [indexOf(timeline, day.startMs), indexOf(timeline, day.endMs)];
      const counted = countWorn(worn, from, to);
      const missingBy = missingIn(within(gaps, day), day);
      const minutes = {
        worn: counted.worn,
        lost: missingBy.device_memory_exceeded ?? 0,
        held: missingBy.not_yet_synced ?? 0,
        // Of a day that could be read nothing else is missing by a fault.
        refused: missingBy.pipeline_fault ?? 0,
        outside: missingBy.outside_participation ?? 0,
      };
      const expectedMinutes = Math.round((day.endMs - day.startMs) / MINUTE_MS);
      const validMinutes = validDayLimit(expectedMinutes, rules.validDayMinutes);
      const limit = { expectedMinutes, validMinutes };
      return {
        day: day.day,
        startMs: day.startMs,
        endMs: day.endMs,
        state: dayState(day, person, { access, minutes, syncs, limit }),
        expectedMinutes,
        receivedMinutes: countMeasured(timeline.heartRate, from, to),
        wearMinutes: counted.worn,
        validSoFar: counted.worn >= validMinutes,
        proof: proofOf({
          day: day.evidenceUnread ? { ...day, access: faultOf(person) } : day,
          wornBy: counted.by,
          missingBy,
          handedOverTo: syncs.handedOverTo(day.endMs - 1),
          lookedMs: person.lookedMs,
        }),
      };
    }),
  };
}

/** Those of disjoint spans, oldest first, that touch one: found by halving, for a year holds thousands. */
function within<Span extends Readonly<{ fromMs: number; toMs: number }>>(
  spans: readonly Span[],
  { startMs, endMs }: Pick<DayFacts, "startMs" | "endMs">,
): readonly Span[] {
  const first = firstWhere(spans.length, (i) => (spans[i]?.toMs ?? 0) > startMs);
  const end = firstWhere(spans.length, (i) => (spans[i]?.fromMs ?? 0) >= endMs);
  return spans.slice(first, end);
}

function missingIn(
  gaps: readonly JudgedGap[],
  { startMs, endMs }: Pick<DayFacts, "startMs" | "endMs">,
): Proof["missingBy"] {
  const minutes: Partial<Record<JudgedGap["cause"], number>> = {};
  for (const { fromMs, toMs, cause } of gaps) {
    const inside = Math.min(toMs, endMs) - Math.max(fromMs, startMs);
    if (inside > 0) minutes[cause] = (minutes[cause] ?? 0) + inside / MINUTE_MS;
  }
  return minutes;
}

function proofOf({
  day,
  wornBy,
  missingBy,
  handedOverTo,
  lookedMs,
}: Readonly<{
  day: DayFacts & Readonly<{ access: string }>;
  wornBy: Proof["wornBy"];
  missingBy: Proof["missingBy"];
  handedOverTo: number | null;
  lookedMs: number | null;
}>): Proof {
  const text = (instant: number | null) =>
    instant === null ? null : new Date(instant).toISOString();
  const base = { wornBy, missingBy, finalAt: text(day.finalMs), readAt: text(day.readMs) };
  const isOpen = day.finalMs === null || (missingBy.not_yet_synced ?? 0) > 0;
  return {
    ...base,
    ...(isOpen && { handedOverTo: text(handedOverTo), lookedAt: text(lookedMs) }),
    ...(day.access !== "ok" && { access: day.access }),
  };
}
