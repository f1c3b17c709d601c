import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { mustReach, requires } from "../auth/visitor.ts";
import { readChartDay, readDayContent } from "../sql/day-chart.ts";
import { readCalendar } from "../sql/participant-ledger.ts";
import { readParticipantStatus } from "../sql/status.ts";
import { listStudies } from "../sql/studies.ts";
import { dayChartView } from "./day-chart-view.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { dayTold } from "./ledger-view.ts";
import type { Pages } from "./page.ts";
import { LocalDay, ShortId } from "./participant-address.ts";
import { withPatience } from "./status-reader.ts";

const Asked = z.object({ id: ShortId, day: LocalDay });

/** GET /participants/<id>/days/<day>: one local day as a chart, and as a table for those who do not see it. */
export function dayChartRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  pages: Pages,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/participants/:id/days/:day", requires("participant.read"), async (c) => {
    const asked = Asked.safeParse(c.req.param());
    if (!asked.success) throw new HTTPException(404);
    const { id, day } = asked.data;
    const chartDay = await withPatience(readChartDay(db, id, day));
    if (chartDay === null) throw new HTTPException(404);
    mustReach(c.get("visitor"), "participant.read", chartDay);
    const [content, told] = await withPatience(
      Promise.all([readDayContent(db, chartDay), tellDay({ db, id, day, now: clock() })]),
    );
    return pages.send(c, {
      view: "day",
      fragment: "day-chart",
      title: `${id}, ${day}`,
      studies: [],
      fault: null,
      data: { ...dayChartView({ participant: id, day }, chartDay, content), told },
    });
  });
  return routes;
}

/** What the day's state means, in a sentence; null where nobody has judged the day yet. */
async function tellDay({
  db,
  id,
  day,
  now,
}: Readonly<{ db: AppDeps["db"]; id: string; day: string; now: Date }>) {
  const [status, [judged], studies] = await Promise.all([
    readParticipantStatus(db, id, now),
    readCalendar(db, id, { from: day, to: day }),
    listStudies(db),
  ]);
  if (status === null || judged === undefined) return null;
  return dayTold(judged, { status, studies, now }).sentence;
}
