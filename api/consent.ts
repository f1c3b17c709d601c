import type { Context } from "hono";
import { Hono } from "hono";
import { createToken } from "../auth/secret-token.ts";
import type { ConsentDeps } from "../consent/flow.ts";
import { providerUrl } from "../consent/flow.ts";
import type { Judged } from "../consent/link.ts";
import { isOurs, judgeLink } from "../consent/link.ts";
import type { Language } from "../messages/template-names.ts";
import { LANGUAGES, languageFor } from "../messages/template-names.ts";
import { readStanding } from "../sql/consent-events.ts";
import { findConsentLink, findRestLink, keepAttempt, noteOpened } from "../sql/consent-links.ts";
import { acceptedLanguage, createReturn } from "./consent-return.ts";
import type { ConsentView } from "./consent-view.ts";
import { createConsentView } from "./consent-view.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { createSecretCookie } from "./session-cookie.ts";
import { withPatience } from "./status-reader.ts";

/** What the pages of consent need. */
export type ConsentPages = ConsentDeps;

type Deps = Pick<AppDeps, "fetchNow" | "log"> &
  Readonly<{ publicUrl: string; consent: ConsentPages }>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * /consent: what a participant without an account sees of sharing their data. Whoever holds the link is the
 * participant; that somebody comes back from the provider in the browser they left with, a cookie proves.
 */
export function consentRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { consent, publicUrl } = deps;
  const { db, clock } = consent;
  const routes = new Hono<AppEnv>();
  const cookie = createSecretCookie("wearflow-consent", publicUrl);
  const show = createConsentView(deps, pages);

  routes.get("/consent", async (c) => {
    const found = await findLink(c, deps);
    if (found.link === null) return show.dead(c, found);
    await noteOpened(db, found.link.id, clock());
    return show.ask(c, found.link, found.language);
  });

  routes.get("/consent/begin", async (c) => {
    const found = await findLink(c, deps);
    if (found.link === null) return show.dead(c, found);
    const { token: state, tokenHash: stateHash } = createToken();
    const { language, link } = found;
    await keepAttempt(db, { stateHash, linkId: link.id, language, at: clock() });
    cookie.write(c, state);
    return c.redirect(providerUrl(consent, state), 302);
  });

  routes.get("/consent/callback", createReturn(deps, show, cookie));
  routes.get("/consent/done", (c) => showThanks(c, deps, show));
  return routes;
}

/** For how long the page that thanks is shown; later its link is a used one. */
const THANKS_MS = 24 * 3_600_000;

async function showThanks(c: Context<AppEnv>, deps: Deps, show: ConsentView) {
  const { db, source, clock } = deps.consent;
  const { link, language } = await readLink(c, deps);
  const now = clock();
  const isFresh = link?.usedAt && now.getTime() - link.usedAt.getTime() < THANKS_MS;
  const standing = isFresh ? await readStanding(db, link.participantId, source.name) : null;
  if (!link || !standing || standing.status === "revoked")
    return show.dead(c, { reason: link ? "used" : "not_ours", language });
  const rest = standing.missing.length > 0 ? await findRestLink(db, link.participantId, now) : null;
  return show.thanks(c, { link, language, standing, rest });
}

/** The invitation of an address where it is good now. */
async function findLink(
  c: Context<AppEnv>,
  deps: Deps,
): Promise<Judged & Readonly<{ language: Language }>> {
  const { link, language } = await readLink(c, deps);
  return { ...judgeLink(link, deps.consent.clock()), language };
}

/** The invitation an address names, if we made it, and the page's language: as asked for, else the participant's own. */
async function readLink(c: Context<AppEnv>, { consent }: Deps) {
  const { l: id = "", s: signature = "", lang } = c.req.query();
  const wish = LANGUAGES.find((each) => each === lang);
  const isSound = UUID.test(id) && isOurs("consent", id, signature, consent.signer);
  const link = isSound ? await withPatience(findConsentLink(consent.db, id)) : null;
  const language = wish ?? (link ? languageFor(link.language) : acceptedLanguage(c));
  return { link, language };
}
