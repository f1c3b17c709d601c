import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { requires } from "../auth/visitor.ts";
import { readCampaignPeople } from "../sql/campaign-funnel.ts";
import { listToAsk } from "../sql/campaign-turns.ts";
import {
  beginCampaign,
  cancelWaiting,
  endCampaign,
  findLatestCampaign,
} from "../sql/consent-campaigns.ts";
import { readHold } from "../sql/message-rules.ts";
import type { Study } from "../sql/studies.ts";
import { listStudies } from "../sql/studies.ts";
import { campaignView, reviewView } from "./campaign-view.ts";
import type { ConsentPages } from "./consent.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed } from "./set-up-form.ts";
import { attempt, noLargerThan } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";
import { wordsFor } from "./words.ts";

/** Of a campaign; 0, which none has, for what is no number. */
const CampaignNumber = z.coerce.number().int().min(1).max(1_000_000).catch(0);

const FORM_BYTES = 16 * 1024;
/** So many are looked at before a campaign begins, which takes a third of a second; one that begins asks everybody. */
const REVIEWED = 200;

type Deps = Pick<AppDeps, "db" | "log"> &
  Readonly<{ consent: ConsentPages; contact: ContactPages }>;

/** /consents/campaigns/<study>: who would be asked for consent, beginning and stopping that, and how far they have come. */
export function campaignRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db } = deps;
  const routes = new Hono<AppEnv>();
  const change = [requires("campaign.run"), noLargerThan(FORM_BYTES, pages)] as const;
  const show = createShow(deps, pages);

  routes.get("/consents/campaigns/:slug", requires("campaign.run"), async (c) =>
    show(c, await findStudy(c, db), null),
  );
  routes.post("/consents/campaigns/:slug", ...change, async (c) => {
    const study = await findStudy(c, db);
    return attempt(c, {
      form: "start",
      work: async (_values, because) => {
        const { campaign } = await beginCampaign(db, study.slug, because);
        await tell(deps, "startCampaign", { study: study.slug, campaign });
        return `/consents/campaigns/${study.slug}?done=begun`;
      },
      show: (failed) => show(c, study, failed),
    });
  });
  routes.post("/consents/campaigns/:slug/stop", ...change, async (c) => {
    const study = await findStudy(c, db);
    return attempt(c, {
      form: "stop",
      work: async ({ campaign: number = "" }, because) => {
        const key = { study: study.slug, campaign: CampaignNumber.parse(number) };
        // Of two who stop it the first did.
        const isFirst = await endCampaign(db, key, because);
        await cancelWaiting(db, key);
        if (isFirst) await tell(deps, "campaignStopped", key);
        return `/consents/campaigns/${study.slug}${isFirst ? "?done=stopped" : ""}`;
      },
      show: (failed) => show(c, study, failed),
    });
  });
  return routes;
}

async function findStudy(c: Context<AppEnv>, db: AppDeps["db"]): Promise<Study> {
  const slug = c.req.param("slug") ?? "";
  const study = (await withPatience(listStudies(db))).find((each) => each.slug === slug);
  if (study === undefined) throw new HTTPException(404);
  return study;
}

/** The database has it: without Temporal the worker starts the workflow later, and one that was not told finds out. */
async function tell(
  { contact, log }: Deps,
  what: "startCampaign" | "campaignStopped",
  key: Readonly<{ study: string; campaign: number }>,
): Promise<void> {
  await contact[what](key).catch((error: unknown) => {
    const name = error instanceof Error ? error.name : "?";
    log.warn({ ...key, error: name }, `${what}: its workflow was not told`);
  });
}

const doneWords: Readonly<Record<string, string>> = {
  begun: "The campaign is under way. Each message can be taken back for two minutes.",
  stopped: "The campaign is stopped. What waited of it does not leave.",
};

function createShow(deps: Deps, pages: Pages) {
  return async (c: Context<AppEnv>, study: Study, failed: Failed | null) =>
    pages.send(c, {
      view: "campaign",
      fragment: "campaign",
      title: `Campaign of ${study.name}`,
      studies: [],
      fault: null,
      data: {
        study: study.name,
        done: wordsFor(doneWords, c.req.query("done")),
        outbox: deps.contact.mailer === "outbox",
        ...(await withPatience(look(deps, study, failed))),
      },
    });
}

/** The latest campaign, and where none is open whom another would ask. */
async function look({ db, consent: { source } }: Deps, study: Study, failed: Failed | null) {
  const { slug } = study;
  const hold = await readHold(db, slug);
  const held = hold?.reason ?? "";
  const latest = await findLatestCampaign(db, slug);
  const people = latest === null ? [] : await readCampaignPeople(db, latest, source.name);
  const campaign = latest === null ? null : campaignView(latest, people, failed);
  if (campaign?.isOpen) return { held, campaign, review: null };
  const toAsk = await listToAsk(db, study, source.name, REVIEWED);
  return { held, campaign, review: reviewView(slug, toAsk, { most: REVIEWED, failed }) };
}
