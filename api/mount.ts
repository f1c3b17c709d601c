import type { Hono } from "hono";
import { bulkRoutes } from "./bulk.ts";
import { campaignRoutes } from "./campaign.ts";
import { consentRoutes } from "./consent.ts";
import { consentFunnelRoutes } from "./consent-funnel.ts";
import { consentStaffRoutes } from "./consent-staff.ts";
import { contactCardRoutes } from "./contact-card.ts";
import { dayChartRoutes } from "./day-chart.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { digestRoutes } from "./digest.ts";
import { fetchNowRoutes } from "./fetch-now.ts";
import { ledgerRoutes } from "./ledger-page.ts";
import { mailReportRoutes } from "./mail-reports.ts";
import { messageRoutes } from "./messages.ts";
import type { Pages } from "./page.ts";
import { participationRoutes } from "./participation.ts";
import { rulesRoutes } from "./rules.ts";
import type { SecretCookie } from "./session-cookie.ts";
import { setUpRoutes } from "./set-up.ts";
import { importRoutes } from "./set-up-import.ts";
import { participantSetUpRoutes } from "./set-up-participants.ts";
import { sharingRoutes } from "./sharing.ts";
import { createEnter, signInRoutes } from "./sign-in.ts";
import { signInLinkRoutes } from "./sign-in-link.ts";
import { oidcRoutes } from "./sign-in-oidc.ts";
import { webhookRoutes } from "./webhooks.ts";
import { writeRoutes } from "./write-message.ts";

type App = Hono<AppEnv>;
type Public = Readonly<{ publicUrl: string }>;

/** Who somebody is: by password, by link, and at an identity provider where there is one. */
export function mountSignIn(
  app: App,
  deps: AppDeps & Public & Readonly<{ cookie: SecretCookie }>,
  pages: Pages,
): void {
  const { oidc } = deps;
  const enter = createEnter(deps);
  app.route("/", signInRoutes(deps, pages, enter));
  app.route("/", signInLinkRoutes(deps, pages, enter));
  if (oidc) app.route("/", oidcRoutes({ ...deps, oidc }, pages, enter));
}

/** What is known of a participant's days: calendar, gaps, chart; and whose data has to be saved. */
export function mountDays(app: App, deps: AppDeps, pages: Pages): void {
  app.route("/", dayChartRoutes(deps, pages));
  app.route("/", ledgerRoutes(deps, pages));
}

/** What somebody can do about a participant at once. */
export function mountParticipation(app: App, deps: AppDeps, pages: Pages): void {
  const { fetchNow } = deps;
  if (fetchNow) app.route("/", fetchNowRoutes({ ...deps, fetchNow }, pages));
  app.route("/", participationRoutes(deps, pages));
}

/** Studies, sites, arms and participants. */
export function mountSetUp(app: App, deps: AppDeps, pages: Pages): void {
  app.route("/", setUpRoutes(deps, pages));
  app.route("/", participantSetUpRoutes(deps, pages));
  app.route("/", importRoutes(deps, pages));
}

/** The pages of who can be written to, and what comes back from those who were. */
export function mountContact(
  app: App,
  deps: AppDeps & Public & Readonly<{ contact: ContactPages }>,
  pages: Pages,
): void {
  app.route("/", contactCardRoutes(deps, pages));
  app.route("/", writeRoutes(deps, pages));
  app.route("/", messageRoutes(deps, pages));
  app.route("/", bulkRoutes(deps, pages));
  app.route("/", rulesRoutes(deps, pages));
  app.route("/", digestRoutes(deps, pages));
  app.route("/", mailReportRoutes(deps, pages));
}

/** What comes from outside to give data: participants, who have no account, and the provider itself. */
export function mountProvider(app: App, deps: AppDeps & Public, pages: Pages): void {
  const { consent, contact, webhooks } = deps;
  if (webhooks) app.route("/", webhookRoutes({ ...deps, webhooks }));
  if (consent) {
    app.route("/", consentRoutes({ ...deps, consent }, pages));
    app.route("/", sharingRoutes({ consent }, pages));
    app.route("/", consentStaffRoutes({ ...deps, consent }, pages));
    app.route("/", consentFunnelRoutes({ consent }, pages));
    if (contact) app.route("/", campaignRoutes({ ...deps, consent, contact }, pages));
  }
}
