import { Context } from "@temporalio/activity";
import { isFetchAsked } from "../sql/fetch-requests.ts";
import type { OpenDay } from "../sql/ledger.ts";
import { planReading } from "../sql/ledger.ts";
import type { Participant } from "../sql/participants.ts";
import type { Series } from "../sql/series.ts";
import { readAnalysisSeries, readSeriesFrom } from "../sql/series.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { whileBeating } from "./heartbeat.ts";
import { readUntilAsked } from "./make-way.ts";
import type { Skip } from "./may-read.ts";
import { whyNotRead } from "./may-read.ts";
import type { PlanTries } from "./read-devices.ts";
import { readDevices } from "./read-devices.ts";
import type { SeriesPlan } from "./read-series.ts";
import { readSeries } from "./read-series.ts";
import type { IngestDeps, ReadingCounts, SeriesReading } from "./read-windows.ts";
import { freshCounts, mustFind, readWindows } from "./read-windows.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { joinDays, unionOfDays } from "./reading-plan.ts";

export type PlanIngest = Readonly<{
  participant: string;
  scheduledAt: string;
  /** When the run began, however long it waits since; absent in runs begun before it was told. */
  startedAt?: string;
}>;

/** What one run is to do. `skip` says why nothing is fetched; then there are no windows. */
export type IngestPlan = Readonly<{
  state: string;
  skip: Skip | null;
  /** Devices or settings could not be read: the plan goes by what is known of them. */
  devicesUnread: boolean;
  /** Which of the two, and why. Absent where the reply about devices did not fit and lies in quarantine. */
  unread?: string;
  /** The newest device sync known before reading; null where the source tells of none. */
  syncAt: string | null;
  /** Of heart rate. */
  windows: readonly ReadingWindow[];
  /** Of what people do, from steps to exercise. Absent in plans made before it was read. */
  activity?: readonly SeriesPlan[];
  /** Of sleep, and of what the device says of the body. Absent in plans made before it was read. */
  sleep?: readonly SeriesPlan[];
  /** Of everything, the days that ended long ago: they wait behind everybody's daily reading. */
  older?: readonly SeriesPlan[];
  /** Somebody asked for this reading and waits for it. */
  asked?: boolean;
}>;

export type FetchSeries = Readonly<{ participant: string; plans: readonly SeriesPlan[] }>;

export type FetchHeartRate = Readonly<{ participant: string; windows: readonly ReadingWindow[] }>;

const HOUR_MS = 3_600_000;
/** A start as late as this may be a back-fill's: its own day is read again, with all that is open. */
const LATE_MS = HOUR_MS;
/** A start older than this is a back-fill's, for an outage catches up on one day only: nothing but its day is read. */
const BACKFILL_AFTER_MS = 24 * HOUR_MS;
/** Days that ended before this are read behind everybody's daily reading. */
const OLDER_AFTER_MS = 14 * 24 * HOUR_MS;

export function createIngestActivities(deps: IngestDeps) {
  const beating = <Result>(work: (beat: Heartbeat) => Promise<Result>) =>
    whileBeating(deps.log, work);
  return {
    /** Re-checks the participant, reads devices and settings, and says which stretches of which series to read. */
    planIngest: (input: PlanIngest): Promise<IngestPlan> =>
      beating(({ note }) => plan(deps, input, note)),

    /** Reads heart rate window by window and stores each page as it comes; safe to run any number of times. */
    fetchHeartRate: ({ participant, windows }: FetchHeartRate): Promise<SeriesReading> =>
      beating(async ({ note }) => {
        const series = await readAnalysisSeries(deps.db, "heart_rate", deps.source.name);
        const before: ReadingCounts | undefined = Context.current().info.heartbeatDetails;
        const from = before ?? freshCounts(deps.clock());
        return readWindows(deps, participant, [series], { windows, from, note });
      }),

    /** Reads what people do, one data type after another, each as heart rate is read. */
    fetchActivity: ({ participant, plans }: FetchSeries): Promise<readonly SeriesReading[]> =>
      beating(({ note }) => readSeries(deps, participant, plans, note)),

    /** Reads sleep and what the device says of the body, in the same way. */
    fetchSleep: ({ participant, plans }: FetchSeries): Promise<readonly SeriesReading[]> =>
      beating(({ note }) => readSeries(deps, participant, plans, note)),

    /** Reads days that ended long ago, in the same way; ends early, with what it read, where it is to make way. */
    fetchOlder: ({ participant, plans }: FetchSeries): Promise<readonly SeriesReading[]> =>
      beating(({ note }) => readUntilAsked(deps, participant, plans, note)),
  };
}

async function plan(
  deps: IngestDeps,
  input: PlanIngest,
  note: (tries: PlanTries) => void,
): Promise<IngestPlan> {
  const { db, source, clock } = deps;
  const person = await mustFind(db, input.participant);
  const { state } = person;
  const skip = await whyNotRead(db, person, source.name, clock());
  if (skip) return { state, skip, devicesUnread: false, syncAt: null, windows: [] };
  const devices = await readDevices(deps, person, note);
  const found = await planSeries(deps, person, input);
  const asked = await isFetchAsked(db, person.id);
  return { state, skip: null, ...devices, ...found, asked };
}

type Planned = Pick<IngestPlan, "syncAt" | "windows" | "activity" | "sleep" | "older">;

/** The windows of every series of the source, and the sync they are judged by. */
async function planSeries(
  { db, source, clock }: IngestDeps,
  person: Participant,
  { scheduledAt, startedAt }: PlanIngest,
): Promise<Planned> {
  const at = new Date(scheduledAt);
  const now = clock();
  // By its start: a run that began in time and waited since, for a worker or for the provider, is no back-fill.
  const late = (startedAt === undefined ? now : new Date(startedAt)).getTime() - at.getTime();
  const all = await readSeriesFrom(db, source.name);
  const ids = all.map(({ id }) => id);
  const { syncAt, daysOf } = await planReading(db, person.id, ids, {
    now,
    reopen: late > LATE_MS ? { at, only: late > BACKFILL_AFTER_MS } : null,
  });
  const { maxWindowDays, permissionOf } = source.capabilities;
  const plansOf = (wanted: (one: Series) => boolean, wantedDay: (day: OpenDay) => boolean) =>
    together(all.filter(wanted)).flatMap((series): SeriesPlan[] => {
      const [first] = series;
      if (first === undefined) return [];
      const days = unionOfDays(series.map(({ id }) => daysOf.get(id) ?? []));
      const windows = joinDays(days.filter(wantedDay), maxWindowDays(first));
      const name = nameOf(first, all);
      return windows.length === 0 ? [] : [{ name, series: series.map(({ id }) => id), windows }];
    });
  const isHeartRate = ({ metric }: Series) => metric === "heart_rate";
  const isActivity = (one: Series) => permissionOf(one) === "activity";
  // Whoever asks for one day of long ago waits for it.
  const isOld = ({ to }: OpenDay) =>
    late <= BACKFILL_AFTER_MS && to.getTime() < now.getTime() - OLDER_AFTER_MS;
  const isRecent = (day: OpenDay) => !isOld(day);
  const older = plansOf(() => true, isOld).map((plan) => ({ ...plan, name: `older ${plan.name}` }));
  return {
    syncAt: syncAt?.toISOString() ?? null,
    windows: plansOf(isHeartRate, isRecent)[0]?.windows ?? [],
    activity: plansOf(isActivity, isRecent),
    sleep: plansOf((one) => !isHeartRate(one) && !isActivity(one), isRecent),
    ...(older.length > 0 && { older }),
  };
}

/** Series that are read by the same requests. */
function together(all: readonly Series[]): Series[][] {
  const key = ({ dataType, family, resolution }: Series) => `${dataType} ${family} ${resolution}`;
  return [...Map.groupBy(all, key).values()];
}

/** The data type; with the family where it is read from two. */
function nameOf({ dataType, family }: Series, all: readonly Series[]): string {
  const families = new Set(all.filter((one) => one.dataType === dataType).map((one) => one.family));
  return families.size === 1 ? dataType : `${dataType} (${family})`;
}
