import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { requires } from "../auth/visitor.ts";
import { readIngestHealth } from "../sql/runs.ts";
import { readParticipantDays, readParticipantStatus } from "../sql/status.ts";
import { listStudies } from "../sql/studies.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { judgeHealth } from "./health.ts";
import type { Pages } from "./page.ts";
import { participantView } from "./participant-view.ts";
import { faultOf } from "./status.ts";
import { withPatience } from "./status-reader.ts";

/** The database's own rule for short ids. */
const SHORT_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,29}$/;
const DAYS_SHOWN = 60;

/** GET /participants/<id>: one participant's facts and local days. */
export function participantRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  pages: Pages,
  startedAt: Date,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/participants/:id", requires("participant.read"), async (c) => {
    const id = c.req.param("id");
    if (!SHORT_ID.test(id)) throw new HTTPException(404);
    const now = clock();
    // Side by side: each may have to wait for a statement of the daily run, and one wait is enough.
    const [status, days, health, studies] = await withPatience(
      Promise.all([
        readParticipantStatus(db, id, now),
        readParticipantDays(db, id, DAYS_SHOWN),
        readIngestHealth(db),
        listStudies(db),
      ]),
    );
    if (status === null) throw new HTTPException(404);
    return pages.send(c, {
      view: "participant",
      fragment: "participant-facts",
      title: id,
      studies: studies.map(({ name }) => name),
      fault: faultOf(judgeHealth(health, { now, startedAt }), health, now),
      data: {
        ...participantView(status, days, now),
        daysShown: DAYS_SHOWN,
        runsUrl: pages.runsUrl(c, status),
        asOf: now.toISOString(),
        asOfWords: `${now.toISOString().slice(11, 19)} UTC`,
      },
    });
  });
  return routes;
}
