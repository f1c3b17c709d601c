import type { Context } from "hono";
import { hashToken } from "../auth/secret-token.ts";
import { finishConsent } from "../consent/flow.ts";
import { judgeLink } from "../consent/link.ts";
import type { Language } from "../messages/template-names.ts";
import { languageFor } from "../messages/template-names.ts";
import { noteConsent } from "../sql/consent-events.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import { findConsentLink, takeAttempt } from "../sql/consent-links.ts";
import type { ConsentPages } from "./consent.ts";
import type { ConsentView } from "./consent-view.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { SecretCookie } from "./session-cookie.ts";

type Deps = Pick<AppDeps, "fetchNow" | "log"> & Readonly<{ consent: ConsentPages }>;

/** With what the provider sends somebody back. */
type Back = Readonly<{ state: string; code: string; error: string }>;

/** GET /consent/callback: somebody comes back from the provider, with a code or without. */
export function createReturn(deps: Deps, show: ConsentView, cookie: SecretCookie) {
  const { db, clock } = deps.consent;
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { state = "", code = "", error = "" } = c.req.query();
    const isSameBrowser = cookie.read(c) === state;
    cookie.clear(c);
    const stateHash = isSameBrowser ? hashToken(state) : null;
    const attempt = stateHash && (await takeAttempt(db, stateHash, clock()));
    if (!attempt) return show.unfinished(c, "lost", null, acceptedLanguage(c));
    const language = languageFor(attempt.language);
    const { link, reason } = judgeLink(await findConsentLink(db, attempt.linkId), clock());
    if (link === null) return show.dead(c, { reason, language });
    const back = { state, code, error };
    return code === ""
      ? refused(c, deps, show, { link, language, back })
      : finish(c, deps, show, { link, language, back });
  };
}

type Returned = Readonly<{ link: ConsentLink; language: Language; back: Back }>;

/** Without a code: they said no, or the provider could not ask. */
async function refused(
  c: Context<AppEnv>,
  { consent: { db, clock } }: Deps,
  show: ConsentView,
  { link, language, back }: Returned,
): Promise<Response> {
  const what = back.error === "access_denied" ? "denied" : "failed";
  const { id: linkId, participantId } = link;
  await noteConsent(db, { participantId, linkId, at: clock(), what });
  return show.unfinished(c, what, link, language);
}

async function finish(
  c: Context<AppEnv>,
  { consent, fetchNow, log }: Deps,
  show: ConsentView,
  { link, language, back }: Returned,
): Promise<Response> {
  const { what } = await finishConsent(consent, link, back);
  if (what === "spent") return show.dead(c, { reason: "used", language });
  if (what === "failed" || what === "account_in_use" || what === "other_account")
    return show.unfinished(c, what, link, language);
  // The first run reads what is missing since the grant before; if none can be triggered, the daily one does.
  fetchNow?.(link).catch((error: unknown) =>
    log.warn({ error: error instanceof Error ? error.name : "?" }, "no run after a consent"),
  );
  return c.redirect(`${show.doneOf(link)}&lang=${language}`, 303);
}

/** Where nothing says whose page it is, the browser's language decides. */
export function acceptedLanguage(c: Context<AppEnv>): Language {
  return /\b(nb|no|nn)\b/i.test(c.req.header("Accept-Language") ?? "") ? "nb" : "en";
}
