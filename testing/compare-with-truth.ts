import type pg from "pg";
import { TRUE_DAYS, TRUE_SAMPLES } from "./metric-truth.ts";
import { readSessions, readValues, seriesIds, spanRead } from "./stored-rows.ts";
import type { MetricsTruth, Truth } from "./truth.ts";
import { askMetrics, askTruth, rosterOf } from "./truth.ts";

/** An installation's database and the simulator it reads from. */
type Place = Readonly<{ app: pg.Pool; simulator: string }>;

/** What is stored against what the simulator knows happened. */
export type Comparison = Readonly<{
  /** Samples, values of days and sessions that had to be there by now and are, with the right content. */
  agreed: number;
  /** Of these, the values of days, and the nights and exercises. */
  agreedDays: number;
  agreedSessions: number;
  missing: number;
  /** Rows nobody measured, and rows that are there more than once. */
  duplicate: number;
  /** There, with another content. */
  wrong: number;
}>;

/** One series as it is, as it is stored, and which of it had to be read by now; keys are instants, days or ids. */
type Side = Readonly<{
  of: "samples" | "days" | "sessions";
  /** The series or metric, for whoever looks into a disagreement. */
  name: string;
  isTrue: ReadonlyMap<string, string>;
  stored: readonly Readonly<{ key: string; content: string }>[];
  isDue: (key: string) => boolean;
}>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOTHING: Comparison = {
  agreed: 0,
  agreedDays: 0,
  agreedSessions: 0,
  missing: 0,
  duplicate: 0,
  wrong: 0,
};

/** Compares every series of these people, from enrolment to the sync by which they were last read; says where they differ. */
export async function compare(place: Place, participants: readonly string[]): Promise<Comparison> {
  let total = NOTHING;
  const ids = await seriesIds(place);
  for (const person of await rosterOf(place)) {
    if (!participants.includes(person.participant)) continue;
    for (const side of await sidesOf(place, person, ids)) {
      const found = weigh(side);
      if (!agrees(found))
        console.error(`${person.participant} ${side.name}: ${disagreement(side, found)}`);
      total = add(total, found);
    }
  }
  return total;
}

/** Whether nothing is missing, doubled or wrong, and there was something to compare. */
export function isSound(found: Comparison): boolean {
  return found.agreed > 0 && agrees(found);
}

function agrees({ missing, duplicate, wrong }: Comparison): boolean {
  return missing + duplicate + wrong === 0;
}

/** Counts, and from where to where it is missing: no value. */
function disagreement({ isTrue, stored, isDue }: Side, found: Comparison): string {
  const there = new Set(stored.map(({ key }) => key));
  const lost = [...isTrue.keys()].filter((key) => isDue(key) && !there.has(key));
  const { missing, duplicate, wrong } = found;
  const counts = `missing ${missing}, duplicate ${duplicate}, wrong ${wrong}`;
  return lost.length === 0 ? counts : `${counts}; missing from ${lost[0]} to ${lost.at(-1)}`;
}

function add(left: Comparison, right: Comparison): Comparison {
  return {
    agreed: left.agreed + right.agreed,
    agreedDays: left.agreedDays + right.agreedDays,
    agreedSessions: left.agreedSessions + right.agreedSessions,
    missing: left.missing + right.missing,
    duplicate: left.duplicate + right.duplicate,
    wrong: left.wrong + right.wrong,
  };
}

function weigh({ of, isTrue, stored, isDue }: Side): Comparison {
  const contents = new Map(stored.map(({ key, content }) => [key, content]));
  const due = [...isTrue.keys()].filter(isDue);
  const there = due.filter((key) => contents.has(key));
  const agreed = there.filter((key) => contents.get(key) === isTrue.get(key)).length;
  return {
    agreed,
    agreedDays: of === "days" ? agreed : 0,
    agreedSessions: of === "sessions" ? agreed : 0,
    missing: due.length - there.length,
    duplicate: stored.length - [...contents.keys()].filter((key) => isTrue.has(key)).length,
    wrong: there.length - agreed,
  };
}

async function sidesOf(
  place: Place,
  { participant, enrolledOn }: Readonly<{ participant: string; enrolledOn: string }>,
  ids: ReadonlyMap<string, number>,
): Promise<Side[]> {
  const span = await spanRead(place, participant);
  const samples = await readValues(place, participant, "sample");
  const days = await readValues(place, participant, "daily_value");
  const sessions = await readSessions(place, participant);
  const isRead = Number.isFinite(span.starts);
  // A day earlier, so that what was stored of it would be told apart from what nobody measured.
  const from = (isRead ? span.starts : Date.parse(enrolledOn)) - DAY_MS;
  // After what is stored: a sync in between is not taken for rows that nobody measured.
  const tell = async (at: number): Promise<ToldAt> => {
    const metrics = await askMetrics(place, { participant, from }, at);
    return {
      metrics,
      samples: samplesTold(await askTruth(place, { participant, from }, at), metrics, ids),
    };
  };
  const told = { span, now: await tell(Date.now()), atSync: await tell(span.sync) };
  const sides = [
    ...samplesOf(samples, told),
    ...daysOf(days, told, ids),
    ...sessionsOf(sessions, told),
  ];
  // Of who was never read everything is missing.
  return isRead ? sides : sides.map((side) => ({ ...side, isDue: () => true }));
}

type Stored = Awaited<ReturnType<typeof readValues>>;
/** What was known at one instant. */
type ToldAt = Readonly<{ metrics: MetricsTruth; samples: readonly Samples[] }>;
type Told = Readonly<{ span: Span; now: ToldAt; atSync: ToldAt }>;
type Span = Awaited<ReturnType<typeof spanRead>>;

/** The samples of a series, with the scale in which its values are stored. */
type Samples = Readonly<{
  id: number;
  scale: number;
  values: readonly Readonly<{ start: string; value: number }>[];
}>;

function samplesTold(
  { minutes, steps }: Truth,
  { samples }: MetricsTruth,
  ids: ReadonlyMap<string, number>,
): Samples[] {
  const counts = (of: Truth["steps"]["all"]) =>
    of.map(({ start, count }) => ({ start, value: count }));
  return [
    { id: 1, scale: 10, values: minutes.map(({ start, mean }) => ({ start, value: mean })) },
    { id: 1001, scale: 1, values: counts(steps.all) },
    { id: 1002, scale: 1, values: counts(steps.wearable) },
    ...TRUE_SAMPLES.map(({ metric, of, scale, per = 1 }) => ({
      id: ids.get(metric) ?? 0,
      scale: scale / per,
      values: samples[of] ?? [],
    })),
  ];
}

const keyOf = ({ start }: Readonly<{ start: string }>) => String(Date.parse(start));

/**
 * Due is what was known at the sync; a phone may hand over minutes from before it later. The minute of the sync itself
 * may have been read half-way; it is read again after the next sync.
 */
function samplesOf(stored: Stored, { span, now, atSync }: Told): Side[] {
  return now.samples.map(({ id, scale, values }, i) => {
    const known = new Set((atSync.samples[i]?.values ?? []).map(keyOf));
    const contentOf = (value: number) => String(Math.round(value * scale));
    return {
      of: "samples",
      name: `series ${id}`,
      isTrue: new Map(values.map((one) => [keyOf(one), contentOf(one.value)])),
      stored: stored.get(id) ?? [],
      isDue: (key) =>
        known.has(key) && Number(key) >= span.starts && Number(key) + MINUTE_MS <= span.sync,
    };
  });
}

/** Due is a day that had ended by the sync, where its value was known then. */
function daysOf(
  stored: Stored,
  { span, now, atSync }: Told,
  ids: ReadonlyMap<string, number>,
): Side[] {
  return TRUE_DAYS.map(({ metric, of, scale }) => {
    const known = new Set((atSync.metrics.days[of] ?? []).map(({ day }) => day));
    const told = now.metrics.days[of] ?? [];
    return {
      of: "days",
      name: metric,
      isTrue: new Map(told.map(({ day, value }) => [day, String(Math.round(value * scale))])),
      stored: stored.get(ids.get(metric) ?? 0) ?? [],
      isDue: (day) => known.has(day) && span.daysOver.has(day),
    };
  });
}

/** Due is what was known at the sync; a sleep, where its stages had been computed by then. */
function sessionsOf(
  stored: Awaited<ReturnType<typeof readSessions>>,
  { span, now, atSync }: Told,
): Side[] {
  const processed = atSync.metrics.sleeps.filter((sleep) => sleep.processed);
  const known = [...processed, ...atSync.metrics.exercises];
  const due = new Set(known.flatMap(({ id, end }) => (Date.parse(end) >= span.starts ? [id] : [])));
  const isDue = (id: string) => due.has(id);
  const exerciseOf = ({ start, end, type }: MetricsTruth["exercises"][number]) =>
    [start, end, type].join(" ");
  const sleeps = new Map(now.metrics.sleeps.map((one) => [one.id, sleepOf(one)]));
  const exercises = new Map(now.metrics.exercises.map((one) => [one.id, exerciseOf(one)]));
  return [
    { of: "sessions", name: "sleep", isTrue: sleeps, stored: stored.get("sleep") ?? [], isDue },
    {
      of: "sessions",
      name: "exercise",
      isTrue: exercises,
      stored: stored.get("exercise") ?? [],
      isDue,
    },
  ];
}

function sleepOf({ start, end, stages }: MetricsTruth["sleeps"][number]): string {
  return [start, end, ...stages.map((one) => `${one.start} ${one.end} ${one.type}`)].join("\n");
}
