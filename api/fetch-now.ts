import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, requires } from "../auth/visitor.ts";
import { writeAudit } from "../sql/audit.ts";
import { findParticipant, mayStillBeRead } from "../sql/participants.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Failure } from "./failures.ts";
import type { Pages } from "./page.ts";
import { withPatience } from "./status-reader.ts";

type Deps = Pick<AppDeps, "db" | "log" | "clock"> &
  Readonly<{ fetchNow: NonNullable<AppDeps["fetchNow"]> }>;

/** POST /participants/<id>/fetch: has their data fetched now, beside the daily run and never beside a run of theirs. */
export function fetchNowRoutes({ db, log, clock, fetchNow }: Deps, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/participants/:id/fetch", requires("participant.fetch"), async (c) => {
    const person = await withPatience(findParticipant(db, c.req.param("id")));
    if (person === null) throw new HTTPException(404);
    mustReach(c.get("visitor"), "participant.fetch", person);
    const { shortId } = person;
    if (!mayStillBeRead(person, clock())) return pages.sendFailure(c, NOT_READ);
    try {
      await fetchNow(person);
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : "?" }, "nothing could be triggered");
      return pages.sendFailure(c, NOT_TRIGGERED);
    }
    await writeAudit(db, {
      actor: c.get("visitor")?.name ?? "",
      action: "participant.fetch",
      entity: shortId,
      reason: "asked for on their page",
    });
    return c.redirect(`/participants/${shortId}?asked=fetch`, 303);
  });
  return routes;
}

const NOT_READ: Failure = {
  status: 422,
  title: "Nothing was fetched",
  detail: "Nobody's data is fetched who does not take part at the moment, or has withdrawn.",
  advice: ["Their page says in which state they are, and since when."],
};

const NOT_TRIGGERED: Failure = {
  status: 503,
  title: "Nothing was fetched",
  detail:
    "The workflow server does not answer, or this participant has no schedule yet. Nothing was changed.",
  advice: [
    "Try again in a few minutes; schedules are made within five.",
    "If it lasts, tell whoever runs Wearflow.",
  ],
};
