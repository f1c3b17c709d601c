import type { Activities } from "../activities/index.ts";

export type SettleIngest = Parameters<Activities["settleIngest"]>[0];
export type Settled = Awaited<ReturnType<Activities["settleIngest"]>>;
export type IngestPlan = Awaited<ReturnType<Activities["planIngest"]>>;
export type SeriesReading = Awaited<ReturnType<Activities["fetchHeartRate"]>>;
type SeriesPlan = NonNullable<IngestPlan["activity"]>[number];

/** The local days a plan asks for. */
export const daysOf = ({ windows }: SeriesPlan) => windows.flatMap(({ days }) => days);

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

/** Turns what happened into an outcome and a sentence; pure, so that replay finds the same. */
export function conclude(
  plan: Attempt<IngestPlan>,
  reading: Attempt<SeriesReading> | null,
  activity: Attempt<readonly SeriesReading[]> | null,
): Found {
  if (!plan.ok) return { ...NOTHING, ...broken("devices", plan) };
  const { skip, devicesUnread } = plan.value;
  if (skip) return { ...NOTHING, outcome: skip.outcome, detail: skip.why };
  const heartRate = concludeReading(plan.value, reading);
  const found = withActivity(heartRate, plan.value, activity);
  if (!devicesUnread) return found;
  return { ...found, ...leftOut(found, "devices: UnexpectedReply") };
}

function leftOut({ outcome, detail }: Found, what: string): Pick<Found, "outcome" | "detail"> {
  return {
    outcome: outcome === "complete" ? "partial" : outcome,
    detail: `${detail}; ${what}`,
  };
}

/** Adds what was read of steps; series that were not asked for any more are left out. */
function withActivity(
  found: Found,
  { activity: plans = [], syncAt }: IngestPlan,
  activity: Attempt<readonly SeriesReading[]> | null,
): Found {
  if (plans.length === 0) return found;
  const readings = activity?.ok ? activity.value : [];
  const settled = plans.map(({ metric, family, windows }, index) => {
    const reading = readings[index];
    const touchedDays = daysOf({ metric, family, windows });
    return {
      metric,
      family,
      touchedDays,
      reading: reading ? readOf(touchedDays, reading, syncAt) : null,
    };
  });
  const sum = (count: "inserted" | "updated" | "quarantined") =>
    readings.reduce((total, reading) => total + reading[count], found[count]);
  const counted = {
    ...found,
    activity: settled,
    inserted: sum("inserted"),
    updated: sum("updated"),
    quarantined: sum("quarantined"),
  };
  if (activity === null) return { ...counted, ...leftOut(found, "steps: not asked for") };
  if (!activity.ok) return { ...counted, ...leftOut(found, broken("steps", activity).detail) };
  const stopped = readings.find((reading) => reading.stopped !== null)?.stopped;
  if (stopped)
    return { ...counted, ...leftOut(found, broken("steps", { ok: false, ...stopped }).detail) };
  const unread = new Set(readings.flatMap(({ unreadDays }) => unreadDays));
  const days = new Set(plans.flatMap(daysOf));
  const words = `steps: ${days.size - unread.size} days read, ${unread.size} left out`;
  if (unread.size > 0) return { ...counted, ...leftOut(found, words) };
  return { ...counted, detail: `${found.detail}; ${words}` };
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

function broken(
  what: string,
  { type, evidence }: Failed,
): Pick<Found, "outcome" | "detail" | "refusal"> {
  if (type === "ScopeMissing") {
    return {
      outcome: "partial",
      detail: `${what}: permission not granted`,
      refusal: "scope_missing",
    };
  }
  if (
    type === "AuthorizationRevoked" &&
    (evidence === "invalid_grant" || evidence === "account_not_linked")
  ) {
    return { outcome: "not_authorised", detail: `${what}: ${evidence}`, refusal: evidence };
  }
  const why = type === "NotAllowed" ? String(evidence) : type;
  const isSuspected = evidence === "token_refused" || evidence === "account_refused";
  return { outcome: "partial", detail: `${what}: ${why}`, refusal: isSuspected ? evidence : null };
}

export type Failed = Readonly<{ ok: false; type: string; evidence: unknown }>;
export type Attempt<Value> = Readonly<{ ok: true; value: Value }> | Failed;
