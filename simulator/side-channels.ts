import type { Context, Hono } from "hono";
import { z } from "zod";
import type { Deletions } from "./deletions.ts";
import { faultKinds } from "./faults/kinds.ts";
import type { Switchboard } from "./faults/switchboard.ts";
import { FaultSwitch } from "./faults/switchboard.ts";
import { tellMetrics } from "./metrics-truth.ts";
import type { Grants } from "./oauth/grants.ts";
import type { ReplayReport } from "./replay/report.ts";
import type { RequestLog } from "./request-log.ts";
import type { RosterEntry } from "./roster.ts";
import { DAY, parseInstant } from "./time.ts";
import { tellTruth } from "./truth.ts";
import type { RequestVariables, World } from "./world.ts";

const DeletionBody = z.strictObject({
  participant: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
const RevocationBody = z.strictObject({ participant: z.string() });
const FaultsBody = z.strictObject({ faults: z.array(FaultSwitch) });

/** What stands behind the side channels. */
type Backstage = Readonly<{
  world: World;
  grants: Grants;
  roster: readonly RosterEntry[];
  deletions: Deletions;
  switchboard: Switchboard;
  log: RequestLog;
  replayReport: ReplayReport | null;
}>;

/** /simulator/…: for seeding and tests; the product's source never calls these. */
export function addSideChannels(app: Hono<RequestVariables>, backstage: Backstage): void {
  const { world, roster, switchboard, log, replayReport } = backstage;
  app.get("/simulator/roster", (c) => c.json(roster));
  app.get("/simulator/replay-report", (c) =>
    replayReport === null ? c.json({ error: "nothing is replayed" }, 404) : c.json(replayReport),
  );

  app.get("/simulator/truth/:participant", (c) => answerTruth(c, world, tellTruth));
  app.get("/simulator/metrics/:participant", (c) => answerTruth(c, world, tellMetrics));

  addLifeChannels(app, backstage);
  app.get("/simulator/fault-kinds", (c) => c.json(faultKinds));
  app.get("/simulator/faults", (c) => c.json({ faults: switchboard.list() }));
  app.post("/simulator/faults", async (c) => {
    const body = FaultsBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    switchboard.set(...body.data.faults);
    return c.json({ faults: switchboard.list() });
  });
  app.delete("/simulator/faults", (c) => {
    switchboard.clear();
    return c.json({ faults: [] });
  });

  app.get("/simulator/requests", (c) => c.json({ participants: log.counts() }));
  app.delete("/simulator/requests", (c) => {
    log.reset();
    return c.json({ participants: {} });
  });
}

/** Of a participant and a stretch of time, by default the last day; `at` asks for what was known at an earlier instant. */
function answerTruth(
  c: Context<RequestVariables>,
  world: World,
  tell: typeof tellTruth | typeof tellMetrics,
) {
  const participant = world.participants.get(c.req.param("participant") ?? "");
  if (participant === undefined) return c.json({ error: "no such participant" }, 404);
  const now = world.clock().getTime();
  const at = parseInstant(c.req.query("at") ?? new Date(now).toISOString());
  const to = parseInstant(c.req.query("to") ?? new Date(now).toISOString());
  const from = parseInstant(c.req.query("from") ?? new Date((to ?? 0) - DAY).toISOString());
  if (from === null || to === null || at === null)
    return c.json({ error: "from, to and at are RFC 3339 instants" }, 400);
  return c.json(tell(participant, { from, to }, Math.min(at, now)));
}

/** What a participant does at the provider, out of our sight. */
function addLifeChannels(
  app: Hono<RequestVariables>,
  { world, grants, deletions }: Backstage,
): void {
  app.post("/simulator/deletions", async (c) => {
    const body = DeletionBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    const { participant, from, to } = body.data;
    if (!world.participants.has(participant)) return c.json({ error: "no such participant" }, 404);
    deletions.add(participant, { from: Date.parse(from), to: Date.parse(to) });
    return c.json({ deleted: body.data });
  });

  app.post("/simulator/revocations", async (c) => {
    const body = RevocationBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    const { participant } = body.data;
    if (!world.participants.has(participant)) return c.json({ error: "no such participant" }, 404);
    grants.revokeAll(participant, world.clock().getTime());
    return c.json({ revoked: participant });
  });
}
