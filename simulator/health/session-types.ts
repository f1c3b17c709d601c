import { scopes } from "../oauth/scopes.ts";
import type { Exercise, KnownSeries, Participant, SessionSeries, Sleep } from "../participant.ts";
import { formatInstant, MINUTE } from "../time.ts";
import type { DataType, Json } from "./data-type.ts";
import { sessionInterval } from "./data-type.ts";
import { isProcessed } from "./night-types.ts";

const SESSION = { listed: true, maxPageSize: 25, rollUpMaxDays: null } as const;

/** Sleeps are filtered by their end alone. */
const sleep: DataType = {
  ...SESSION,
  name: "sleep",
  scope: scopes.sleep,
  familyOnlyReconciled: true,
  filterMembers: { physical: "interval.end_time", civil: "interval.civil_end_time" },
  series: ({ sleeps, heartRate }) => instantsOf(sleeps, heartRate, ({ to }) => to),
  idOf: (participant, { at, now }) => sleepEndingAt(participant, at, now).id,
  point: (participant, { at, now }) => ({
    sleep: describeSleep(participant, sleepEndingAt(participant, at, now), now),
  }),
  reconciled: withDoubledSummary,
};

/** Exercises are filtered by the civil time they began alone. */
const exercise: DataType = {
  ...SESSION,
  name: "exercise",
  scope: scopes.activity,
  filterMembers: { civil: "interval.civil_start_time" },
  series: ({ exercises, heartRate }) => instantsOf(exercises, heartRate, ({ from }) => from),
  idOf: (participant, { at, now }) => exerciseFrom(participant, at, now).id,
  point: (participant, { at, now }) => {
    const one = exerciseFrom(participant, at, now);
    return {
      exercise: {
        interval: sessionInterval(participant, one),
        exerciseType: one.type,
        exerciseMetadata: {},
        activeDuration: `${(one.to - one.from) / 1000}s`,
        createTime: formatInstant(one.syncedAt),
        updateTime: formatInstant(one.syncedAt),
      },
    };
  },
};

/** What people do for a while, as a whole. */
export const sessionTypes: readonly DataType[] = [sleep, exercise];

const LONGEST = 24 * 60 * MINUTE;

function instantsOf<Session extends Sleep | Exercise>(
  sessions: SessionSeries<Session>,
  { extent }: KnownSeries,
  instantOf: (session: Session) => number,
): KnownSeries {
  return {
    extent,
    known: ({ from, to }, now, visit) => {
      for (const session of sessions({ from, to: to + LONGEST }, now)) {
        const at = instantOf(session);
        if (at >= from && at < to) visit(at, 1);
      }
    },
  };
}

function sleepEndingAt({ sleeps }: Participant, at: number, now: number): Sleep {
  return required(sleeps({ from: at, to: at + 1 }, now)[0]);
}

function exerciseFrom({ exercises }: Participant, at: number, now: number): Exercise {
  return required(exercises({ from: at, to: at + LONGEST }, now).find(({ from }) => from === at));
}

function required<Session>(session: Session | undefined): Session {
  if (session === undefined) throw new Error("A session that was told is known.");
  return session;
}

/** While its stages are computed a sleep has none, and `processed` is a false that is not printed. */
function describeSleep(participant: Participant, one: Sleep, now: number): Json {
  const processed = isProcessed(one, now);
  return {
    interval: sessionInterval(participant, one),
    type: "STAGES",
    ...(processed && {
      stages: one.stages.map(({ type, ...stage }) => ({
        ...sessionInterval(participant, stage),
        type,
        createTime: formatInstant(one.syncedAt),
        updateTime: formatInstant(one.syncedAt),
      })),
    }),
    metadata: {
      ...(processed && { stagesStatus: "SUCCEEDED", processed: true }),
      ...(one.main && { mainSleep: true }),
    },
    ...(processed && { summary: summaryOf(one) }),
    createTime: formatInstant(one.syncedAt),
    updateTime: formatInstant(one.syncedAt),
  };
}

function summaryOf({ from, to, stages }: Sleep): Json {
  const minutesOf = (type: string): number =>
    stages.filter((stage) => stage.type === type).reduce((sum, s) => sum + s.to - s.from, 0) /
    MINUTE;
  const awake = minutesOf("AWAKE");
  const whole = (to - from) / MINUTE;
  return {
    minutesInSleepPeriod: String(whole),
    minutesAsleep: String(whole - awake),
    minutesAwake: String(awake),
    stagesSummary: ["AWAKE", "LIGHT", "DEEP", "REM"].map((type) => ({
      type,
      minutes: String(minutesOf(type)),
      count: String(stages.filter((stage) => stage.type === type).length),
    })),
  };
}

/** So it was seen to come back: whoever adds it up counts every night twice. */
function withDoubledSummary(point: Json): Json {
  const { sleep: told } = point;
  if (typeof told !== "object" || told === null || !("summary" in told)) return point;
  const { summary } = told;
  if (typeof summary !== "object" || summary === null || !("stagesSummary" in summary))
    return point;
  const { stagesSummary } = summary;
  const doubled = Array.isArray(stagesSummary) ? [...stagesSummary, ...stagesSummary] : [];
  return { sleep: { ...told, summary: { ...summary, stagesSummary: doubled } } };
}
