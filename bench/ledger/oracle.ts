import type { GapCause } from "../../imputation/gap-cause.ts";
import type { Truth } from "../../simulator/truth.ts";

/** What happened to one person, by the simulator's events and by what the bench did; no line of it is the product's. */
export type Story = Readonly<{
  truth: Truth;
  /** Their runs in order: whether devices were looked at, and whether everything open was read. */
  runs: readonly Readonly<{ at: number; looked: boolean; read: boolean }>[];
  /** Without a grant from the first instant until the second. */
  lapses: readonly Span[];
  pauses: readonly Span[];
  /** Settings withheld: nothing tells when a device synced. */
  devicesKnown: boolean;
}>;

export type Span = Readonly<{ from: number; to: number }>;
export type TrueDay = Readonly<{ state: string; wearMinutes: number }>;

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The truth about one person as of `now`. */
export function createOracle(story: Story, now: number) {
  const facts = createFacts(story, now);
  const { syncs, reads, spans, syncAt, knownTo, handedOver, firstSample } = facts;
  const { pauses, lapses } = story;
  const isFinal = ({ to }: Span) => {
    const first = reads.find((at) => knownTo(at) >= to);
    return first !== undefined && reads.some((at) => at >= first + 6 * HOUR);
  };
  const lacksGrant = () =>
    isIn(lapses, now) || lapses.some(({ to }) => to <= now && !reads.some((at) => at >= to));
  /** Something of it had been handed over to the provider, and we have not got it. */
  const isOurs = (day: Span) => {
    const [got, there] = [syncAt(reads.at(-1) ?? 0), syncAt(now)];
    return there > got && day.to > got && day.from < there;
  };
  const openState = (day: Span): string => {
    if (touches(pauses, day) || isIn(pauses, now)) return "paused";
    if (lacksGrant()) return "not_authorised";
    if (isOurs(day)) return "pipeline_fault";
    const late = syncAt(now) < day.to && now - day.to > 48 * HOUR;
    return late ? "unsynced" : "pending";
  };
  /** Begun so late in the day that it could not become a valid one. */
  const beganLate = (day: Span) => firstSample > day.from && day.to - firstSample < 600 * MINUTE;
  const finalState = (day: Span, wearMinutes: number): string => {
    if (touches(pauses, day)) return "paused";
    if (wearMinutes >= 600) return "valid";
    if (touches(spans.lost, day)) return "lost";
    if (beganLate(day)) return "before_enrolment";
    return wearMinutes > 0 ? "partial" : "not_worn";
  };
  const notHere = (at: number, day: Span): GapCause => {
    if (!isFinal(day) && lacksGrant()) return "not_authorised";
    return syncs.some((sync) => sync > at) ? "pipeline_fault" : "not_yet_synced";
  };
  return {
    day(day: Span): TrueDay {
      const isWorn = (at: number) =>
        isIn(spans.worn, at) && handedOver(at) && !isIn(spans.lost, at);
      const wearMinutes = countMinutes({ from: day.from, to: Math.min(day.to, now) }, isWorn);
      const state = isFinal(day) ? finalState(day, wearMinutes) : openState(day);
      return { state, wearMinutes };
    },
    /** Why a minute is missing, in the words of the product. `day` is the local day it lies in. */
    cause(at: number, day: Span): GapCause {
      if (isIn(pauses, at) || at < firstSample) return "outside_participation";
      if (!handedOver(at)) return notHere(at, day);
      const first = PHYSICAL.find((cause) => isIn(spans[cause], at));
      return first === undefined ? "not_worn" : NAMES[first];
    },
  };
}

const PHYSICAL = ["lost", "charging", "powerless", "worn"] as const;
const NAMES: Readonly<Record<(typeof PHYSICAL)[number], GapCause>> = {
  lost: "device_memory_exceeded",
  charging: "charging",
  powerless: "battery_empty",
  worn: "sensor_dropout",
};

function countMinutes({ from, to }: Span, holds: (at: number) => boolean): number {
  let count = 0;
  for (let at = from; at < to; at += MINUTE) if (holds(at + MINUTE / 2)) count += 1;
  return count;
}

const isIn = (spans: readonly Span[], at: number) =>
  spans.some(({ from, to }) => from <= at && at < to);
const touches = (spans: readonly Span[], day: Span) =>
  spans.some(({ from, to }) => from < day.to && to > day.from);

/** What the events come to: stretches, syncs, and what was handed over when. */
function createFacts({ truth, runs, devicesKnown }: Story, now: number) {
  const instants = (kind: string) =>
    truth.events.filter((event) => event.kind === kind).map(({ at }) => Date.parse(at));
  const syncs = instants("synced");
  const worn = wornSpans(truth, now);
  const charges = instants("charging_started");
  const spans = {
    worn,
    charging: pair(charges, instants("charging_ended"), now),
    powerless: pair(instants("battery_empty"), charges, now),
    lost: truth.events.flatMap(({ lostFrom, lostTo }) =>
      lostFrom === undefined || lostTo === undefined
        ? []
        : [{ from: Date.parse(lostFrom), to: Date.parse(lostTo) }],
    ),
  };
  const reads = runs.filter(({ read }) => read).map(({ at }) => at);
  const syncAt = (at: number) => syncs.findLast((sync) => sync <= at) ?? 0;
  const got = syncAt(reads.at(-1) ?? 0);
  return {
    syncs: syncs.filter((sync) => sync <= now),
    spans,
    reads,
    syncAt,
    /** Up to when a day is believed to be handed over; where no device tells, the newest minute worn stands in. */
    knownTo: (at: number) =>
      devicesKnown ? syncAt(at) - 10 * MINUTE : newestWorn(worn, syncAt(at)),
    handedOver: (at: number) => at < got,
    firstSample: Math.min(...worn.map(({ from }) => from)),
  };
}

/** On the wrist and with power, in all the story. */
function wornSpans({ events }: Truth, now: number): readonly Span[] {
  const spans: Span[] = [];
  const keptOff = new Set<string>();
  let since: number | null = null;
  for (const { at, kind } of events) {
    const instant = Date.parse(at);
    changeWear(keptOff, kind);
    if (keptOff.size === 0 && (since !== null || kind === "put_on" || kind === "charging_ended"))
      since ??= instant;
    else if (since !== null) {
      spans.push({ from: since, to: instant });
      since = null;
    }
  }
  return since === null ? spans : [...spans, { from: since, to: now }];
}

/** The watch is off the wrist, or without power until it was charged. */
function changeWear(keptOff: Set<string>, kind: string): void {
  if (kind === "put_on") keptOff.delete("off");
  if (kind === "took_off") keptOff.add("off");
  if (kind === "battery_empty") keptOff.add("power");
  if (kind === "charging_ended") keptOff.delete("power");
}

function pair(starts: readonly number[], ends: readonly number[], now: number): readonly Span[] {
  return starts.map((from) => ({ from, to: ends.find((end) => end > from) ?? now }));
}

function newestWorn(worn: readonly Span[], at: number): number {
  const last = worn.findLast(({ from }) => from < at);
  return last === undefined ? 0 : Math.min(last.to, at);
}
