import type { GapCause } from "../imputation/gap-cause.ts";
import { isMissing } from "../imputation/minutes.ts";
import type { Access } from "./access.ts";
import { faultOf } from "./access.ts";
import type { BatteryEvidence } from "./battery.ts";
import { batteryEvidence } from "./battery.ts";
import type { DayFacts, PersonFacts, StateSpan } from "./facts.ts";
import type { WearRules } from "./rules.ts";
import { LOOK_OVERDUE_HOURS, SHORT_UNKNOWN_MINUTES } from "./rules.ts";
import type { Syncs } from "./syncs.ts";
import type { Stretch, Timeline } from "./timeline.ts";
import {
  DAY_MS,
  firstWhere,
  HOUR_MS,
  indexOf,
  instantOf,
  MINUTE_MS,
  stretchesWhere,
} from "./timeline.ts";
import type { WornMinutes } from "./worn-minutes.ts";
import { NONE } from "./worn-minutes.ts";

/** What a cause rests on, as it is stored and as sentences are made of it. */
export type GapEvidence = Readonly<{
  /** The sensor gave one value again and again. */
  flat?: true;
  beforePercent?: number;
  afterPercent?: number;
  /** A charger may have held the device: no level of the battery from around then is known. */
  batteryUnknown?: true;
  /** The first sync after, and the last before, as instants. */
  nextSync?: string;
  lastSync?: string;
  /** It lies on a device that another has taken the place of. */
  replaced?: true;
  /** Missing before the first minute ever measured. */
  beforeFirstSample?: true;
  /** The first reading of all has not come to it: it lies at the provider, or on the device. */
  notReadYet?: true;
  /** The source told values of it that cannot be: they lie in quarantine. */
  refused?: true;
}>;

/** A missing stretch of heart rate with its one cause; instants in epoch milliseconds, half-open. */
export type JudgedGap = Readonly<{
  fromMs: number;
  toMs: number;
  cause: GapCause;
  /** Until when the data may still arrive; null where it cannot, or nobody knows. */
  recoverableUntilMs: number | null;
  evidence: GapEvidence;
}>;

export type GapContext = Readonly<{
  timeline: Timeline;
  worn: WornMinutes;
  /** Every local day of the timeline, oldest first, with whether it could be read. */
  days: readonly (DayFacts & Readonly<{ access: Access }>)[];
  person: PersonFacts;
  syncs: Syncs;
  rules: WearRules;
  nowMs: number;
}>;

/** Why a minute is missing, where that does not depend on its neighbours; null: the device itself must tell. */
type KnownCause = Exclude<GapCause, "not_worn" | "charging" | "battery_empty" | "short_unknown">;
type Named = Readonly<{ cause: KnownCause | null; evidence: GapEvidence }>;

/** After a sync the device goes on for a moment before what it measures is what is forgotten. */
const SLACK_MINUTES = 10;

const DEVICE: Named = { cause: null, evidence: {} };
const named = (cause: KnownCause, evidence: GapEvidence = {}): Named => ({ cause, evidence });

/**
 * Every missing stretch of heart rate, each with one cause. What is known of a minute by itself comes first: outside
 * participation, not authorised, a fault of ours or the source's, not handed over yet, forgotten by the device, or worn
 * by other evidence (the sensor lost contact). What is left was off the wrist, on the charger, or is too short to say.
 */
export function findGaps(context: GapContext): readonly JudgedGap[] {
  const { timeline, worn, rules, person } = context;
  const missing = (i: number) =>
    isMissing(timeline.heartRate[i] ?? Number.NaN) || worn.flat[i] === 1;
  const parts = stretchesWhere(timeline.heartRate.length, missing).flatMap((whole) =>
    splitByCause(context, whole),
  );
  const absences = parts.filter(isAbsence).map((part) => spanOf(timeline, part));
  const battery = batteryEvidence(absences, person.readings);
  const byStart = new Map(absences.map(({ fromMs }, index) => [fromMs, battery[index] ?? null]));
  return parts.map((part) => {
    const span = spanOf(timeline, part);
    const { cause, evidence } = part;
    if (cause !== null)
      return { ...span, cause, evidence, recoverableUntilMs: savableUntil(part, span, rules) };
    const flat = worn.flat.subarray(part.from, part.to).includes(1);
    const told = flat ? FLAT : physically(part, byStart.get(span.fromMs) ?? null);
    return { ...span, recoverableUntilMs: null, ...told };
  });
}

function spanOf(timeline: Timeline, { from, to }: Stretch) {
  return { fromMs: instantOf(timeline, from), toMs: instantOf(timeline, to) };
}

/** Nothing else explains it, and it is too long to be an accident. */
function isAbsence({ cause, from, to }: Part): boolean {
  return cause === null && to - from > SHORT_UNKNOWN_MINUTES;
}

const FLAT: Pick<JudgedGap, "cause" | "evidence"> = {
  cause: "not_worn",
  evidence: { flat: true },
};

function physically(
  part: Part,
  found: BatteryEvidence | "unknown" | null,
): Pick<JudgedGap, "cause" | "evidence"> {
  if (!isAbsence(part)) return { cause: "short_unknown", evidence: {} };
  if (found === null) return { cause: "not_worn", evidence: {} };
  if (found === "unknown") return { cause: "not_worn", evidence: { batteryUnknown: true } };
  const { cause, ...evidence } = found;
  return { cause, evidence };
}

type Part = Stretch & Named;

/** Cuts a missing stretch where what is known of its minutes changes. */
function splitByCause(context: GapContext, whole: Stretch): Part[] {
  const parts: { from: number; to: number; cause: KnownCause | null; evidence: GapEvidence }[] = [];
  const { days, timeline } = context;
  const { fromMs, toMs } = spanOf(timeline, whole);
  const first = firstWhere(days.length, (i) => (days[i]?.endMs ?? 0) > fromMs);
  const end = firstWhere(days.length, (i) => (days[i]?.startMs ?? 0) >= toMs);
  for (const day of days.slice(first, end)) {
    const from = Math.max(whole.from, indexOf(timeline, day.startMs));
    const to = Math.min(whole.to, indexOf(timeline, day.endMs));
    for (let i = from; i < to; i++) {
      const known = whyMissing(context, day, whole, i);
      const last = parts.at(-1);
      if (last?.cause === known.cause && sameSync(last.evidence, known.evidence)) last.to = i + 1;
      else parts.push({ from: i, to: i + 1, ...known });
    }
  }
  return parts;
}

function sameSync(one: GapEvidence, other: GapEvidence): boolean {
  return (
    one.nextSync === other.nextSync &&
    one.replaced === other.replaced &&
    one.beforeFirstSample === other.beforeFirstSample &&
    one.notReadYet === other.notReadYet &&
    one.refused === other.refused
  );
}

function whyMissing(
  context: GapContext,
  day: GapContext["days"][number],
  whole: Stretch,
  i: number,
): Named {
  const { timeline, worn, person } = context;
  const atMs = instantOf(timeline, i);
  const outside = whyOutside(person, day, atMs);
  if (outside !== null) return outside;
  // What a reading had already covered was missing then, whatever came between us and the provider later. What none has
  // covered says nothing of the sensor, though steps or sleep of it were read.
  const wasRead = day.readSyncMs !== null && atMs + MINUTE_MS <= day.readSyncMs;
  if (day.access !== "ok" && !wasRead) return unread(day.access);
  if (person.refusedMinutes.has(atMs)) return named("pipeline_fault", { refused: true });
  if ((worn.evidence[i] ?? NONE) !== NONE && worn.flat[i] !== 1) return named("sensor_dropout");
  return notHandedOver(context, whole, atMs) ?? unlessUnread(context, day, i);
}

/** The device tells, unless steps or sleep that could tell more could not be read. */
function unlessUnread(
  { worn, person }: GapContext,
  { evidenceUnread }: DayFacts,
  i: number,
): Named {
  return evidenceUnread && worn.flat[i] !== 1 ? named(faultOf(person)) : DEVICE;
}

function unread(access: Exclude<Access, "ok">): Named {
  return access === "first_reading" ? named("not_yet_synced", { notReadYet: true }) : named(access);
}

function whyOutside(
  { states, enrolledOn, endedOn, firstSampleMs }: PersonFacts,
  { day }: DayFacts,
  atMs: number,
): Named | null {
  const { state } = states.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs) ?? {};
  if (state !== undefined && NOT_TAKING_PART.has(state)) return named("outside_participation");
  if (endedOn !== null && day > endedOn) return named("outside_participation");
  if (day !== enrolledOn || firstSampleMs === null || atMs >= firstSampleMs) return null;
  return named("outside_participation", { beforeFirstSample: true });
}

const NOT_TAKING_PART: ReadonlySet<StateSpan["state"]> = new Set([
  "paused",
  "withdrawn",
  "completed",
]);

/** Still on the device, or forgotten by it. */
function notHandedOver(context: GapContext, whole: Stretch, atMs: number): Named | null {
  const { syncs, rules, nowMs } = context;
  const handedOverTo = syncs.handedOverTo(atMs);
  if (handedOverTo !== null && atMs + MINUTE_MS <= handedOverTo)
    return forgotten(context, whole, atMs);
  const expired = nowMs - atMs > rules.deviceMemoryDays * DAY_MS;
  const replaced = syncs.wasReplaced(atMs);
  if (expired && replaced) return named("device_memory_exceeded");
  if (handedOverTo === null) return named("not_yet_synced");
  const lastSync = new Date(handedOverTo).toISOString();
  return named("not_yet_synced", replaced ? { lastSync, replaced } : { lastSync });
}

/**
 * Whether the next sync came too late for this minute. Of several syncs between two of our looks only the last is known,
 * and an earlier one may have saved more: a day's looks more. Anything that did arrive from long before that line says
 * that the device had met its phone in between.
 */
function forgotten(
  { syncs, rules, timeline }: GapContext,
  whole: Stretch,
  atMs: number,
): Named | null {
  const memoryMs = rules.deviceMemoryDays * DAY_MS;
  const next = syncs.next(atMs);
  if (next === null || next - atMs <= memoryMs) return null;
  const { fromMs, toMs } = spanOf(timeline, whole);
  const previous = syncs.previous(atMs);
  const begins = previous === null || fromMs <= previous + SLACK_MINUTES * MINUTE_MS;
  if (!begins || toMs < next - memoryMs - LOOK_OVERDUE_HOURS * HOUR_MS) return null;
  return named("device_memory_exceeded", { nextSync: new Date(next).toISOString() });
}

/** What lies on the device goes from its first minute on; what lies at the provider waits for us. */
function savableUntil(
  { cause, evidence }: Pick<Part, "cause" | "evidence">,
  { fromMs }: Readonly<{ fromMs: number }>,
  { deviceMemoryDays }: WearRules,
): number | null {
  return cause === "not_yet_synced" && evidence.notReadYet !== true
    ? fromMs + deviceMemoryDays * DAY_MS
    : null;
}
