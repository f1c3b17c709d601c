import type { Activities } from "../activities/index.ts";

export type SettleIngest = Parameters<Activities["settleIngest"]>[0];
export type Settled = Awaited<ReturnType<Activities["settleIngest"]>>;
export type IngestPlan = Awaited<ReturnType<Activities["planIngest"]>>;
export type SeriesReading = Awaited<ReturnType<Activities["fetchHeartRate"]>>;
export type SeriesPlan = NonNullable<IngestPlan["activity"]>[number];

/** The local days a plan asks for. */
export const daysOf = ({ windows }: Pick<SeriesPlan, "windows">) =>
  windows.flatMap(({ days }) => days);

export type Found = Omit<
  SettleIngest,
  "participant" | "workflowId" | "runId" | "scheduledAt" | "startedAt"
>;

const NOTHING: Pick<
  Found,
  "inserted" | "updated" | "quarantined" | "touchedDays" | "reading" | "refusal"
> = {
  inserted: 0,
  updated: 0,
  quarantined: 0,
  touchedDays: [],
  reading: null,
  refusal: null,
};

/** What is left to other activities than heart rate, with what came of them; null: not asked for. */
export type Rest = Readonly<{
  plans: readonly SeriesPlan[];
  readings: Attempt<readonly SeriesReading[]> | null;
}>;

/** Turns what happened into an outcome and a sentence, heart rate first; pure, so that replay finds the same. */
export function conclude(
  plan: Attempt<IngestPlan>,
  reading: Attempt<SeriesReading> | null,
  rest: readonly Rest[],
): Found {
  if (!plan.ok) return { ...NOTHING, ...broken("devices", plan) };
  const { skip, devicesUnread, unread = "devices: UnexpectedReply", syncAt } = plan.value;
  if (skip) return { ...NOTHING, outcome: skip.outcome, detail: skip.why };
  const heartRate = concludeReading(plan.value, reading);
  const found = withRest(heartRate, rest, syncAt);
  if (!devicesUnread) return found;
  return { ...found, ...leftOut(found, unread) };
}

type Read = Attempt<SeriesReading | readonly SeriesReading[]> | null;

/** Whether a reading met a refusal that the next one would meet too. An outage, or a missing permission, is not one. */
export function isRefused(readings: readonly Read[]): boolean {
  return failuresOf(readings).some((type) => CONCERNS_ALL.has(type));
}

/** The same as runs had it that were begun before: whatever failed stopped the others, but for a data type's own permission. */
export function isBrokenOff(readings: readonly Read[]): boolean {
  return readings.some((read) => read !== null && !read.ok) || isRefused(readings);
}

/** The grant, or whether the participant may be asked at all, our key among it. */
const CONCERNS_ALL: ReadonlySet<string> = new Set([
  "AuthorizationRevoked",
  "NotAllowed",
  "TokenUnreadable",
]);

/** Classes of what ended activities, and of what stopped readings within them. */
function failuresOf(readings: readonly Read[]): string[] {
  return readings.flatMap((read) => {
    if (read === null) return [];
    if (!read.ok) return [read.type];
    return [read.value].flat().flatMap(({ stopped }) => (stopped ? [stopped.type] : []));
  });
}

/** What the last `count` data types came to, where the others are settled; outcome, words and counts stay the whole run's. */
export function lastOf(found: Found, count: number): Found {
  const others = found.others?.slice(-count) ?? [];
  return { ...found, touchedDays: [], reading: null, others };
}

function leftOut({ outcome, detail }: Found, what: string): Pick<Found, "outcome" | "detail"> {
  return {
    outcome: outcome === "complete" ? "partial" : outcome,
    detail: `${detail}; ${what}`,
  };
}

/** What one data type came to: to settle, and in words that others may share. */
type Part = Readonly<{
  name: string;
  words: string;
  whole: boolean;
  settled: NonNullable<Found["others"]>[number];
  counted: SeriesReading | undefined;
}>;

const COUNTS = ["inserted", "updated", "quarantined"] as const;

/** Adds what was read of everything else; what was not asked for any more is left out. */
function withRest(found: Found, rest: readonly Rest[], syncAt: string | null): Found {
  const parts = rest.flatMap(({ plans, readings }) =>
    plans.map((plan, index) => partOf(plan, readings, index, syncAt)),
  );
  if (parts.length === 0) return found;
  let concluded: Found = { ...found, others: parts.map(({ settled }) => settled) };
  for (const count of COUNTS) {
    const sum = parts.reduce((total, { counted }) => total + (counted?.[count] ?? 0), found[count]);
    concluded = { ...concluded, [count]: sum };
  }
  for (const [words, same] of Map.groupBy(parts, (part) => part.words)) {
    const sentence = `${namesOf(same)}: ${words}`;
    concluded = same.every(({ whole }) => whole)
      ? { ...concluded, detail: `${concluded.detail}; ${sentence}` }
      : { ...concluded, ...leftOut(concluded, sentence) };
  }
  return concluded;
}

/** What was left out is named; of what was read whole the first stands for the others. */
function namesOf(parts: readonly Part[]): string {
  const [first, ...more] = parts.map(({ name }) => name);
  const whole = parts.every((part) => part.whole);
  return whole && more.length > 0
    ? `${first} and ${more.length} more`
    : [first, ...more].join(", ");
}

function partOf(
  plan: SeriesPlan,
  readings: Rest["readings"],
  index: number,
  syncAt: string | null,
): Part {
  const reading = readings?.ok ? readings.value[index] : undefined;
  const touchedDays = daysOf(plan);
  return {
    name: plan.name,
    ...outcomeOf(touchedDays, readings, reading),
    settled: {
      series: plan.series,
      touchedDays,
      reading: reading ? readOf(touchedDays, reading, syncAt) : null,
    },
    counted: reading,
  };
}

function outcomeOf(
  touchedDays: readonly string[],
  readings: Rest["readings"],
  reading: SeriesReading | undefined,
): Pick<Part, "words" | "whole"> {
  if (readings === null) return { words: "not asked for", whole: false };
  if (!readings.ok) return { words: wordsOf(readings), whole: false };
  if (reading?.stopped) return { words: wordsOf({ ok: false, ...reading.stopped }), whole: false };
  const unread = new Set(reading?.unreadDays);
  const days = new Set(touchedDays);
  return {
    words: `${days.size - unread.size} days read, ${unread.size} left out`,
    whole: unread.size === 0,
  };
}

function readOf(
  touchedDays: readonly string[],
  { unreadDays, began, ended }: SeriesReading,
  syncAt: string | null,
): NonNullable<Found["reading"]> {
  const unread = new Set(unreadDays);
  return { days: touchedDays.filter((day) => !unread.has(day)), began, ended, syncAt };
}

function concludeReading(
  { windows, syncAt }: IngestPlan,
  reading: Attempt<SeriesReading> | null,
): Found {
  if (reading === null) return { ...NOTHING, outcome: "complete", detail: "nothing new to read" };
  const touchedDays = windows.flatMap(({ days }) => days);
  if (!reading.ok) return { ...NOTHING, touchedDays, ...broken("heart rate", reading) };
  const { unreadDays, inserted, updated, quarantined, stopped } = reading.value;
  const read = readOf(touchedDays, reading.value, syncAt);
  const { days } = read;
  const counted = `heart rate: ${days.length} days read, ${unreadDays.length} left out`;
  return {
    outcome: unreadDays.length === 0 ? "complete" : "partial",
    detail: counted,
    refusal: null,
    ...(stopped && broken(days.length === 0 ? "heart rate" : counted, { ok: false, ...stopped })),
    touchedDays,
    reading: read,
    inserted,
    updated,
    quarantined,
  };
}

function broken(what: string, failed: Failed): Pick<Found, "outcome" | "detail" | "refusal"> {
  const { type, evidence } = failed;
  const detail = `${what}: ${wordsOf(failed)}`;
  if (type === "ScopeMissing") return { outcome: "partial", detail, refusal: "scope_missing" };
  if (
    type === "AuthorizationRevoked" &&
    (evidence === "invalid_grant" || evidence === "account_not_linked")
  )
    return { outcome: "not_authorised", detail, refusal: evidence };
  const isSuspected = evidence === "token_refused" || evidence === "account_refused";
  return { outcome: "partial", detail, refusal: isSuspected ? evidence : null };
}

function wordsOf({ type, evidence }: Failed): string {
  if (type === "ScopeMissing") return "permission not granted";
  const told = type === "NotAllowed" || type === "AuthorizationRevoked";
  return told && typeof evidence === "string" ? evidence : type;
}

export type Failed = Readonly<{ ok: false; type: string; evidence: unknown }>;
export type Attempt<Value> = Readonly<{ ok: true; value: Value }> | Failed;
