import { decideServing } from "../imputation/decide-serving.ts";
import type { ImputeTask } from "../imputation/impute-all.ts";
import type { Minutes } from "../imputation/minutes.ts";
import { MODEL_VERSION } from "../imputation/model.ts";
import { readBackTests, readDayStarts, readMinuteMeans } from "../sql/imputation-inputs.ts";
import type { Queryable } from "../sql/pool.ts";
import { readSeriesOf } from "../sql/series.ts";
import type { DayToImpute } from "./impute.ts";

/** Days a model is learnt from, the gap's own among them: enough for a profile, few enough to follow a change of treatment. */
const TRAINING_DAYS = 14;
/** What is read beyond the day's end: the smoother looks half a day ahead. */
const AHEAD_MS = 12 * 3_600_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A day's task, and for each of its gaps the text its draws come from. */
export type TaskOfDay = Readonly<{ task: ImputeTask; seeds: readonly string[] }>;

/** Everything one local day's run reads: the fortnight that ends half a day after it, its gaps, rules and back-tests. */
export async function readTask(
  db: Queryable,
  { person, series, rules, day }: DayToImpute,
): Promise<TaskOfDay> {
  const window = {
    from: new Date(wholeMinute(day.endsAt.getTime() - TRAINING_DAYS * DAY_MS)),
    to: new Date(wholeMinute(day.endsAt.getTime() + AHEAD_MS)),
  };
  // The last is the one wear is told from: a phone's steps say nothing about a pulse.
  const stepSeries = (await readSeriesOf(db, "steps", series.source)).at(-1);
  const [heartRate, steps, dayStarts, tests] = [
    await readMinuteMeans(db, person.id, series.id, window),
    stepSeries ? await readMinuteMeans(db, person.id, stepSeries.id, window) : null,
    await readDayStarts(db, person.id, window),
    await readBackTests(db, person.id, series.id, day.day),
  ];
  const seed = (what: string) => `${person.shortId}/${series.metric}/${what}/${MODEL_VERSION}`;
  return {
    seeds: day.gaps.map(({ startsAt }) => seed(startsAt.toISOString())),
    task: {
      minutes: toMinutes(window.from, heartRate, steps, dayStarts, series.scale),
      gaps: day.gaps.map(({ startsAt, endsAt, cause }) => ({
        start: minuteIn(window.from, startsAt),
        length: minuteIn(startsAt, endsAt),
        cause,
      })),
      rules: { longestGapMinutes: rules.longestGapMinutes, acrossNonWear: rules.acrossNonWear },
      serving: decideServing(tests),
      backTest: { seed: seed(`back-test ${day.day}`), each: 1 },
      draws: null,
    },
  };
}

function wholeMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function minuteIn(from: Date, instant: Date): number {
  return Math.round((wholeMinute(instant.getTime()) - wholeMinute(from.getTime())) / MINUTE_MS);
}

/**
 * Minutes from stored values. A minute without steps is not stored: it is 0 where the participant's steps are read at all,
 * and the cause of a gap decides whether that zero is believed.
 */
function toMinutes(
  from: Date,
  heartRate: Float64Array,
  steps: Float64Array | null,
  dayStarts: readonly Date[],
  scale: number,
): Minutes {
  const anySteps = steps?.some((count) => !Number.isNaN(count)) ?? false;
  return {
    heartRate: heartRate.map((value) => value / scale),
    steps: heartRate.map((_, minute) => (anySteps ? steps?.[minute] || 0 : Number.NaN)),
    minuteOfDay: minutesOfDay(heartRate.length, from, dayStarts),
  };
}

/** Minutes since the local day began; the 25th hour of a day counts as its last minute. */
function minutesOfDay(length: number, from: Date, dayStarts: readonly Date[]): Uint16Array {
  const minutes = new Uint16Array(length);
  let next = 0;
  let start = from.getTime();
  for (let i = 0; i < length; i++) {
    const instant = from.getTime() + i * MINUTE_MS;
    while (next < dayStarts.length && (dayStarts[next]?.getTime() ?? 0) <= instant) {
      start = dayStarts[next]?.getTime() ?? start;
      next++;
    }
    minutes[i] = Math.min(1439, Math.floor((instant - start) / MINUTE_MS));
  }
  return minutes;
}
