import type { Context } from "hono";
import { Hono } from "hono";
import { can } from "../auth/can.ts";
import { reachable, requires } from "../auth/visitor.ts";
import type { FunnelRow } from "../sql/consent-funnel.ts";
import { readConsentFunnel } from "../sql/consent-funnel.ts";
import { listStudies } from "../sql/studies.ts";
import type { ConsentPages } from "./consent.ts";
import { ASKED_STAGES, DONE_STAGE, decidedStage } from "./consent-stages.ts";
import type { AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { utcMinute } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";
import type { Chip } from "./words.ts";
import { connectionChip } from "./words.ts";

/** The steps of the funnel, from who was not asked to who is done. */
const stages = {
  not_invited: { tone: "bad", words: "Not invited yet" },
  ...ASKED_STAGES,
  done: DONE_STAGE,
} as const satisfies Record<string, Chip>;

type Stage = keyof typeof stages;

const STAGES = Object.keys(stages) as readonly Stage[];

/** As many as a review of several takes. */
const A_REVIEW = 50;

/** How far somebody has come; a decision counts before a look, a look before an invitation. */
function stageOf({ invitedAt, openedAt, decided }: FunnelRow): Stage {
  if (decided !== null) return decidedStage[decided];
  if (invitedAt === null) return "not_invited";
  return openedAt === null ? "invited" : "opened";
}

/** GET /consents: everybody who is to be asked for consent or was lately, and how far each has come. */
export function consentFunnelRoutes(
  { consent }: Readonly<{ consent: ConsentPages }>,
  pages: Pages,
): Hono<AppEnv> {
  const { db, source, clock } = consent;
  const routes = new Hono<AppEnv>();
  routes.get("/consents", requires("consent.change"), async (c) => {
    const everybody = await withPatience(readConsentFunnel(db, source.name, clock()));
    const rows = reachable(c.get("visitor"), "consent.change", everybody);
    const toAsk = rows.filter((row) => stageOf(row) === "not_invited").slice(0, A_REVIEW);
    const bulk = toAsk.map(({ participant }) => `id=${participant}`).join("&");
    return pages.send(c, {
      view: "consents",
      fragment: "consents",
      title: "Consents",
      studies: [],
      fault: null,
      data: {
        counts: STAGES.map((stage) => ({
          ...stages[stage],
          count: rows.filter((row) => stageOf(row) === stage).length,
        })),
        oldGone: rows.filter(({ oldGrantGone }) => oldGrantGone).length,
        rows: rows.map(rowView),
        bulk: toAsk.length === 0 ? "" : `/bulk?${bulk}`,
        asked: toAsk.length,
        campaigns: await campaignsOf(c, db),
      },
    });
  });
  return routes;
}

/** Where a whole study is asked at once, for who may do that. */
async function campaignsOf(c: Context<AppEnv>, db: ConsentPages["db"]) {
  const visitor = c.get("visitor");
  if (visitor === null || !can(visitor, "campaign.run")) return [];
  const studies = await withPatience(listStudies(db));
  return studies.map(({ slug, name }) => ({ href: `/consents/campaigns/${slug}`, name }));
}

function rowView(row: FunnelRow) {
  const { participant, study, site, status, ending, invitedAt, oldGrantGone } = row;
  return {
    participant,
    place: site === null ? study : `${study}, ${site}`,
    connection: connectionChip(status),
    ending: ending ? "ends by itself within a fortnight" : "",
    stage: stages[stageOf(row)],
    invited: invitedAt === null ? "" : `invited ${utcMinute(invitedAt)}`,
    oldGrant: oldGrantGone ? "the grant before is gone" : "",
  };
}
