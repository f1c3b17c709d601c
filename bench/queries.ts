import { parseArgs } from "node:util";
import pg from "pg";
import { refreshTouchedHours } from "../sql/aggregates.ts";
import { compressChunks } from "../sql/maintenance.ts";
import { storePage } from "../sql/samples.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { fillStudyYear } from "../testing/filled-study.ts";
import type { Context, Dashboard } from "../testing/grafana-stand-in.ts";
import { expand, readDashboards } from "../testing/grafana-stand-in.ts";
import { pageOf } from "../testing/pages.ts";
import { quantile } from "./process-cost.ts";
import type { World } from "./world.ts";
import { benchWorld, daysAgo, untilRunsFinish } from "./world.ts";

/**
 * npm run bench:queries: every panel's query as Grafana's role sends it, and every route of the API, over a year of ledger
 * of everybody and minutes of some days, while the day's run of as many simulated people goes on; then late data of 90
 * days ago, which must be seen everywhere. npm run bench:panels: the panels alone, on a quiet database.
 */
const { values } = parseArgs({
  options: {
    participants: { type: "string", default: "1000" },
    days: { type: "string", default: "365" },
    "sample-days": { type: "string", default: "30" },
    times: { type: "string", default: "60" },
    only: { type: "string" },
  },
});
const people = Number(values.participants);
const times = Number(values.times);
const onlyPanels = values.only === "panels";

const DAY_MS = 86_400_000;
const until = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
/** As COMPRESS_AFTER_DAYS has it by default. */
const COMPRESS_DAYS = 14;
const LATE_DAYS = 90;
const LATE_PEOPLE = 50;

const day = (back: number) => new Date(until.getTime() - back * DAY_MS).toISOString();
const samples = (query: string) => `/participants/F-0001/samples?metric=heart_rate&${query}`;
const range = (back: number) => `from=${day(back)}&to=${day(0)}`;
const ROUTES: readonly string[] = [
  "/studies",
  "/metrics",
  "/participants?study=year&limit=100",
  "/participants/F-0500",
  "/participants/F-0500/devices",
  "/participants/F-0500/days?limit=400",
  `/participants/F-0500/gaps?${range(30)}`,
  "/participants/F-0500/sleep?limit=30",
  "/participants/F-0500/imputation-runs",
  "/participants/F-0500/daily-values?metric=daily_steps",
  samples(range(1)),
  samples(`${range(1)}&values=analysis`),
  samples(range(30)),
  samples(`${range(30)}&values=analysis`),
  samples(range(365)),
];

type Timed = Readonly<{ p50_ms: number; p95_ms: number }>;
type Figures = Record<string, Timed>;

const world: World | null = onlyPanels ? null : await benchWorld(people, daysAgo(1));
const database = world?.database ?? (await testDatabase());
const reader = new pg.Pool({ connectionString: database.url("grafana_reader"), max: 2 });
try {
  const began = performance.now();
  await fillStudyYear(database, {
    people,
    days: Number(values.days),
    sampleDays: Number(values["sample-days"]),
    sampled: people,
    until,
  });
  // As maintenance has left it day by day; or its first task would be to compress a fortnight of everybody at once.
  await compressChunks(database.owner, new Date(Date.now() - COMPRESS_DAYS * DAY_MS));
  console.log(`filled in ${Math.round((performance.now() - began) / 1000)} s`);
  const pages = await world?.startPages();
  await world?.startWorker();
  if (world !== null) await untilRunsFinish(database, Math.min(20, people));
  const panels = await timePanels();
  const routes = pages === undefined ? {} : await timeRoutes(pages);
  const missing = pages === undefined ? null : await lateRowsMissing(database, pages);
  console.log(
    JSON.stringify({
      participants: people,
      days: Number(values.days),
      panel_p95_ms: worst(panels),
      ...(missing !== null && { route_p95_ms: worst(routes), late_rows_missing: missing }),
      panels,
      ...(missing !== null && { routes }),
    }),
  );
} finally {
  await reader.end();
  await (world ?? database).stop();
}

function worst(figures: Figures): number {
  return Math.max(...Object.values(figures).map(({ p95_ms }) => p95_ms));
}

async function timed(ask: () => Promise<unknown>): Promise<Timed> {
  const took: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await ask();
    took.push(performance.now() - began);
  }
  return { p50_ms: Math.round(quantile(took, 0.5)), p95_ms: Math.round(quantile(took, 0.95)) };
}

/** Everybody over the last 30 days; the participant dashboard shows one. */
async function timePanels(): Promise<Figures> {
  const figures: Figures = {};
  for (const dashboard of await readDashboards()) {
    const context = await open(dashboard);
    for (const { id, title, targets } of dashboard.panels)
      for (const { refId, rawSql } of targets) {
        const name = `${dashboard.title} ${id}${refId} ${title}`;
        figures[name] = await timed(() => reader.query(expand(rawSql, context)));
        console.log(`${figures[name].p50_ms} / ${figures[name].p95_ms} ms  ${name}`);
      }
  }
  return figures;
}

async function open({ templating }: Dashboard): Promise<Context> {
  const range = { from: new Date(until.getTime() - 30 * DAY_MS), to: until };
  const known: Record<string, string[]> = {};
  const one = templating.list.some(({ name, includeAll }) => name === "participant" && !includeAll);
  const participant = one ? "F-0001" : "$__all";
  const choices = { study: "year", site: "$__all", arm: "$__all", participant, app: "" };
  const context = { ...range, variables: templating.list, choices, known };
  for (const { name, query } of templating.list) {
    if (typeof query === "string") continue;
    const { rows } = await reader.query<{ __value: string }>(expand(query.rawSql, context));
    known[name] = rows.map((row) => row.__value);
  }
  return context;
}

async function read(pages: string, path: string): Promise<string> {
  const reply = await fetch(`${pages}/api/v1${path}`);
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}`);
  return text;
}

async function timeRoutes(pages: string): Promise<Figures> {
  const figures: Figures = {};
  for (const path of ROUTES) {
    const name = path.replaceAll(/(from|to)=[^&]+&?/g, "");
    figures[`${name} ${path.includes("from=") ? spanOf(path) : ""}`.trim()] = await timed(() =>
      read(pages, path),
    );
  }
  return figures;
}

function spanOf(path: string): string {
  const query = new URLSearchParams(path.split("?")[1]);
  const ms = Date.parse(query.get("to") ?? "") - Date.parse(query.get("from") ?? "");
  return `${Math.round(ms / DAY_MS)} d`;
}

/** A day's minutes of some people, come 90 days late: those the aggregate, a panel and a route do not show. */
async function lateRowsMissing({ app, owner }: TestDatabase, pages: string): Promise<number> {
  const from = until.getTime() - LATE_DAYS * DAY_MS;
  const minutes = Array.from({ length: 1440 }, (_, minute) => from + minute * 60_000);
  const { rows } = await app.query<{ id: number; shortId: string }>(
    `select id, short_id as "shortId" from study.participant where short_id like 'F-%' order by id limit $1::int`,
    [LATE_PEOPLE],
  );
  for (const { id } of rows) {
    const whose = { participantId: id, seriesId: 1, workflowRunId: "late" };
    await storePage(
      app,
      whose,
      pageOf(
        minutes,
        minutes.map((_, at) => 600 + (at % 200)),
      ),
    );
  }
  await refreshTouchedHours(owner);
  let missing = 0;
  for (const { shortId } of rows) {
    const span = [new Date(from), new Date(from + DAY_MS)] as const;
    const query = `metric=heart_rate&resolution=hour&from=${span[0].toISOString()}&to=${span[1].toISOString()}`;
    const reply = JSON.parse(await read(pages, `/participants/${shortId}/samples?${query}`));
    const route = reply.samples.reduce(
      (sum: number, point: { measured: number }) => sum + point.measured,
      0,
    );
    const panel = await reader.query<{ n: number }>(
      `select coalesce(sum(samples), 0)::int as n from reporting.sample_hour
       where participant = $1::text and metric = 'heart_rate' and time >= $2::timestamptz and time < $3::timestamptz`,
      [shortId, ...span],
    );
    missing += Math.max(minutes.length - route, minutes.length - (panel.rows[0]?.n ?? 0));
  }
  return missing;
}
