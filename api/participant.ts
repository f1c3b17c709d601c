import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { mustReach, requires } from "../auth/visitor.ts";
import { readEndingGrants } from "../sql/ending-grants.ts";
import { readIngestHealth } from "../sql/runs.ts";
import type { ParticipantDay } from "../sql/status.ts";
import { readParticipantDays, readParticipantStatus } from "../sql/status.ts";
import { listStudies } from "../sql/studies.ts";
import { endingChip, endingWords } from "./connection-words.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { dayInWords } from "./format.ts";
import { judgeHealth } from "./health.ts";
import type { Pages } from "./page.ts";
import { LocalDay, ShortId } from "./participant-address.ts";
import { historyView, readHistory } from "./participant-history.ts";
import type { ParticipantView } from "./participant-view.ts";
import { participantView } from "./participant-view.ts";
import { faultOf } from "./status.ts";
import { withPatience } from "./status-reader.ts";
import { studyRules } from "./study-rules.ts";

const DAYS_SHOWN = 60;

/** The page shows the newest days, or those before a day. */
const Query = z.object({ before: LocalDay.optional() });

/** GET /participants/<id>: one participant's facts and local days. */
export function participantRoutes(
  deps: Pick<AppDeps, "db" | "clock" | "fetchNow">,
  pages: Pages,
  startedAt: Date,
): Hono<AppEnv> {
  const { db, clock } = deps;
  const routes = new Hono<AppEnv>();
  routes.get("/participants/:id", requires("participant.read"), async (c) => {
    const id = c.req.param("id");
    const before = readBefore(id, c.req.query());
    const now = clock();
    // A page left open asks for its facts only, again and again.
    const isRefresh = c.req.header("HX-Request") === "true";
    // Side by side: each may have to wait for a statement of the daily run, and one wait is enough.
    const [status, days, health, studies, endings, history] = await withPatience(
      Promise.all([
        readParticipantStatus(db, id, now),
        readParticipantDays(db, id, { before, limit: DAYS_SHOWN, now }),
        readIngestHealth(db),
        listStudies(db),
        readEndingGrants(db, [id], now),
        isRefresh ? null : readHistory(db, id),
      ]),
    );
    if (status === null) throw new HTTPException(404);
    mustReach(c.get("visitor"), "participant.read", status);
    return pages.send(c, {
      view: "participant",
      fragment: "participant-facts",
      title: id,
      studies: studies.map(({ name }) => name),
      fault: faultOf(judgeHealth(health, { now, startedAt }), health, now),
      data: {
        ...withEnding(
          participantView(status, days, { now, rules: studyRules(studies).of(status) }),
          endings.get(id) ?? null,
          now,
        ),
        ...paging(c.req.path, before, days),
        ...historyView(c, deps, status, history),
        asked: c.req.query("asked") !== undefined,
        runsUrl: pages.runsUrl(c, status),
        asOf: now.toISOString(),
        asOfWords: `${now.toISOString().slice(11, 19)} UTC`,
      },
    });
  });
  return routes;
}

/** The facts, with what is to be said where the grant is about to end by itself. */
function withEnding(view: ParticipantView, endsAt: Date | null, now: Date) {
  const chip = endingChip(endsAt, now);
  return {
    ...view,
    chips: chip === null ? view.chips : [...view.chips, chip],
    ending: endingWords(endsAt, now),
  };
}

/** The day asked for, null for the newest; an id or a day that cannot be is an address that leads nowhere. */
function readBefore(id: string, asked: Readonly<Record<string, string>>): string | null {
  const query = Query.safeParse(asked);
  if (!ShortId.safeParse(id).success || !query.success) throw new HTTPException(404);
  return query.data.before ?? null;
}

/** The page's own address, the day it goes before in words, and where earlier days are; empty where there are none. */
function paging(path: string, before: string | null, days: readonly ParticipantDay[]) {
  const oldest = days.length < DAYS_SHOWN ? undefined : days.at(-1)?.day;
  return {
    address: before === null ? path : `${path}?before=${before}`,
    before: before === null ? "" : dayInWords(before, "long"),
    earlier: oldest === undefined ? "" : `${path}?before=${oldest}`,
  };
}
