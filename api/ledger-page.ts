import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { mustReach, reachable, requires } from "../auth/visitor.ts";
import type { DeviceRow, FetchRow, RunRow, ToSave } from "../sql/participant-ledger.ts";
import {
  listToSave,
  readCalendar,
  readDeviceList,
  readFetches,
  readGaps,
  readRuns,
} from "../sql/participant-ledger.ts";
import { readParticipantStatus } from "../sql/status.ts";
import { listStudies } from "../sql/studies.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { localMoment, relativeTime } from "./format.ts";
import { addDays, dayTold, gapLines, STATE_MARKS, timeLines, weeksOf } from "./ledger-view.ts";
import type { Pages } from "./page.ts";
import { LocalDay, ShortId } from "./participant-address.ts";
import { withPatience } from "./status-reader.ts";
import { outcomeChip } from "./words.ts";

/** Weeks in the calendar, days on the time line, rows of runs and pages. */
const CALENDAR_DAYS = 56;
const LINE_DAYS = 14;
const ROWS = 20;
const Query = z.object({ day: LocalDay.optional() });

/** GET /participants/<id>/ledger: what is known of somebody's days and why; GET /save-the-data: whom to call first. */
export function ledgerRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  pages: Pages,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/participants/:id/ledger", requires("participant.read"), async (c) => {
    const id = ShortId.safeParse(c.req.param("id"));
    const query = Query.safeParse(c.req.query());
    if (!id.success || !query.success) throw new HTTPException(404);
    const now = clock();
    const status = await withPatience(readParticipantStatus(db, id.data, now));
    if (status === null) throw new HTTPException(404);
    mustReach(c.get("visitor"), "participant.read", status);
    const last = status.endedOn ?? status.today;
    const chosen = query.data.day ?? last;
    const to = chosen > last ? last : addDays(chosen, Math.min(14, daysTo(chosen, last)));
    const read = await withPatience(
      readAll({ db, id: id.data, from: addDays(to, -CALENDAR_DAYS + 1), to, chosen }),
    );
    return pages.send(c, {
      view: "ledger",
      fragment: "ledger-body",
      title: `${id.data}, days and gaps`,
      studies: [],
      fault: null,
      data: viewOf(read, { status, chosen, to, path: c.req.path, now }),
    });
  });
  routes.get("/save-the-data", requires("status.read"), async (c) => {
    const now = clock();
    const all = await withPatience(listToSave(db));
    const rows = reachable(c.get("visitor"), "participant.read", all).map((row) => ({
      ...row,
      newest: newestInWords(row, now),
      left: leftInWords(row.saveUntil, now),
      until: row.saveUntil === null ? "" : localMoment(row.saveUntil, row.timeZone),
      battery: row.batteryPercent === null ? "not reported" : `${row.batteryPercent} %`,
    }));
    return pages.send(c, {
      view: "save-the-data",
      fragment: "save-the-data-list",
      title: "Save the data",
      studies: [],
      fault: null,
      data: { rows },
    });
  });
  return routes;
}

function newestInWords({ newestAt, onReplaced }: ToSave, now: Date): string {
  if (newestAt === null) return "nothing yet";
  const when = relativeTime(newestAt, now);
  return onReplaced ? `${when}, by a device since exchanged: that one has to sync` : when;
}

function leftInWords(saveUntil: Date | null, now: Date): string {
  if (saveUntil === null) return "no device is known";
  const words = relativeTime(saveUntil, now);
  return saveUntil > now ? words.replace(/^in /, "") : `going since ${words.replace(/ ago$/, "")}`;
}

const daysTo = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;

type Asked = Readonly<{ db: AppDeps["db"]; id: string; from: string; to: string; chosen: string }>;
type Read = Awaited<ReturnType<typeof readAll>>;

async function readAll({ db, id, from, to, chosen }: Asked) {
  const [days, devices, runs, fetches, studies] = await Promise.all([
    readCalendar(db, id, { from, to }),
    readDeviceList(db, id),
    readRuns(db, id, ROWS),
    readFetches(db, id, ROWS),
    listStudies(db),
  ]);
  const lined = days.filter(({ day }) => day <= chosen).slice(-LINE_DAYS);
  const [first, last] = [lined[0], lined.at(-1)];
  const gaps =
    first === undefined || last === undefined
      ? []
      : await readGaps(db, id, { from: first.startsAt, to: last.endsAt });
  return { from, days, lined, gaps, devices, runs, fetches, studies };
}

type About = Readonly<{
  status: NonNullable<Awaited<ReturnType<typeof readParticipantStatus>>>;
  chosen: string;
  to: string;
  path: string;
  now: Date;
}>;

function viewOf(read: Read, { status, chosen, to, path, now }: About) {
  const { timeZone } = status;
  const day = read.days.find((each) => each.day === chosen);
  return {
    participant: status.participant,
    timeZone,
    weeks: weeksOf(read.days, {
      from: read.from,
      to,
      chosen,
      path,
      enrolledOn: status.enrolledOn,
    }),
    legend: Object.entries(STATE_MARKS).map(([state, [mark, words]]) => ({ state, mark, words })),
    chosen: day === undefined ? null : dayTold(day, { status, studies: read.studies, now }),
    lines: timeLines(read.lined, read.gaps),
    gaps: gapLines(read.gaps, timeZone, now),
    earlier: `${path}?day=${addDays(chosen, -28)}`,
    devices: read.devices.map((device) => deviceLine(device, now)),
    runs: read.runs.map((run) => runLine(run, timeZone)),
    fetches: read.fetches.map((fetch) => fetchLine(fetch, timeZone)),
  };
}

function deviceLine(device: DeviceRow, now: Date) {
  const ago = (at: Date | null) => (at === null ? "never told" : relativeTime(at, now));
  return {
    model: device.model ?? "unnamed",
    kind: device.kind,
    battery:
      device.batteryPercent === null
        ? "not reported"
        : `${device.batteryPercent} %, seen ${ago(device.batterySeenAt)}`,
    sync: ago(device.lastSyncAt),
    syncs: device.syncs,
    listed: ago(device.lastSeenAt),
  };
}

function runLine(run: RunRow, timeZone: string) {
  return {
    at: localMoment(run.finishedAt, timeZone),
    seconds: Math.round((run.finishedAt.getTime() - run.startedAt.getTime()) / 1000),
    outcome: outcomeChip(run.outcome),
    detail: run.detail,
    counts: `${run.inserted} new, ${run.updated} changed, ${run.quarantined} in quarantine`,
  };
}

function fetchLine(fetch: FetchRow, timeZone: string) {
  const window =
    fetch.windowFrom === null || fetch.windowTo === null
      ? "everything"
      : `${localMoment(fetch.windowFrom, timeZone)} to ${localMoment(fetch.windowTo, timeZone)}`;
  return {
    at: localMoment(fetch.fetchedAt, timeZone),
    what:
      fetch.metric === null
        ? "devices and settings"
        : `${fetch.metric.replaceAll("_", " ")}, ${fetch.family}`,
    window,
    status: fetch.status,
    counts: `${fetch.samples} values, ${fetch.rejected} refused; ${fetch.inserted} new, ${fetch.updated} changed`,
    milliseconds: fetch.durationMs,
  };
}
