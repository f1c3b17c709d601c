import { Hono } from "hono";
import { requires } from "../auth/visitor.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import type { AppEnv } from "./deps.ts";
import { relativeTime } from "./format.ts";
import { judgeHealth } from "./health.ts";
import type { Pages } from "./page.ts";
import type { StatusReader, StatusReading } from "./status-reader.ts";
import { StatusQuery, selectRows, statusUrl, statusView } from "./status-view.ts";

/** GET /: the participants, who needs attention first. */
export function statusRoutes(reader: StatusReader, pages: Pages, startedAt: Date): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/", requires("status.read"), async (c) => {
    const query = StatusQuery.parse(c.req.query());
    const { rows, readAt, studies, health, counter } = await reader.all();
    const selected = selectRows(rows, readAt, query);
    const strips = await reader.strips(selected.shown);
    const runsUrl = (row: ParticipantStatus) => pages.runsUrl(c, row);
    const view = statusView(selected, { now: readAt, query, strips, runsUrl });
    return pages.send(c, {
      view: "status",
      fragment: "status-rows",
      title: "Participants",
      studies: studies.map(({ name }) => name),
      stale: staleWords(judgeHealth(health, { now: readAt, startedAt }), health, readAt),
      data: {
        ...view,
        query,
        counter,
        url: statusUrl(query),
        clearUrl: statusUrl({ ...query, q: "", page: 1 }),
        hasRuns: view.rows.some(({ runsUrl }) => runsUrl !== ""),
        asOf: readAt.toISOString(),
        asOfWords: `${readAt.toISOString().slice(11, 19)} UTC`,
      },
    });
  });
  return routes;
}

/** The banner of a page whose data is old through our fault; empty when it is not. */
export function staleWords(
  status: ReturnType<typeof judgeHealth>,
  { lastGoodRunAt }: StatusReading["health"],
  now: Date,
): string {
  if (status !== "stale") return "";
  return lastGoodRunAt === null
    ? "No ingest run has been complete since this installation started, over 26 h ago."
    : `The last complete ingest run was ${relativeTime(lastGoodRunAt, now)}.`;
}
