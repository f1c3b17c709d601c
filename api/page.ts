import type { Context } from "hono";
import type { Action } from "../auth/can.ts";
import { can } from "../auth/can.ts";
import type { AssetUrls } from "./assets.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Failure } from "./failures.ts";
import { failureOf } from "./failures.ts";
import { nextPath, signInUrl } from "./next-path.ts";
import type { Render } from "./render.ts";
import { runsUrl } from "./temporal-links.ts";

/** What every page's frame shows, and the two ways a page leaves the server. */
export type Pages = Readonly<{
  /** A whole page, or for htmx the fragment of the same content. */
  send(c: Context<AppEnv>, page: Page): Response;
  sendFailure(c: Context<AppEnv>, failure: Failure): Response;
  /** Where nobody is signed in: a browser goes to the sign-in page and comes back, all else is told 401. */
  sendToSignIn(c: Context<AppEnv>): Response;
  /** The address of a participant's runs, where there is a Temporal UI and the visitor may open it. */
  runsUrl(c: Context<AppEnv>, of: Readonly<{ study: string; participant: string }>): string;
  /** Whether the visitor is shown what was written to participants, and may write to them. */
  mayWrite(c: Context<AppEnv>): boolean;
}>;

/** What makes a page show less than the truth, through our fault: said on top of it. */
export type Fault = Readonly<{ title: string; detail: string }>;

type Page = Readonly<{
  view: string;
  fragment: string;
  title: string;
  studies: readonly string[];
  fault: Fault | null;
  data: Readonly<Record<string, unknown>>;
}>;

export function createPages(deps: AppDeps, render: Render, assets: AssetUrls): Pages {
  const mayWrite = (c: Context<AppEnv>) => Boolean(deps.contact) && may(c, "message.send");
  const frame = (c: Context<AppEnv>) => ({
    assets,
    nonce: c.get("secureHeadersNonce") ?? "",
    embedded: deps.embedded,
    demo: Boolean(c.get("demo")),
    visitor: c.get("visitor")?.name ?? "",
    role: roleWords(c),
    signedIn: Boolean(c.get("visitor")),
    maySignOut: typeof c.get("visitor")?.staffId === "number",
    maySetUp: may(c, "study.change"),
    mayAudit: may(c, "audit.read"),
    mayWrite: mayWrite(c),
    mayReadMessages: Boolean(deps.contact) && may(c, "message.read"),
    mayRule: may(c, "rules.change"),
    mayChange: may(c, "participant.change"),
    mayInvite: Boolean(deps.consent) && may(c, "consent.change"),
    grafanaUrl: may(c, "data.read") ? (deps.grafanaUrl ?? "") : "",
    path: c.req.path,
  });
  const sendFailure = createFailure(frame, render);
  return {
    mayWrite,
    sendFailure,
    sendToSignIn(c) {
      c.header("Vary", "HX-Request, Accept");
      const shown = c.req.method === "GET" ? c.req.path + new URL(c.req.url).search : "/";
      const to = signInUrl(nextPath(shown));
      // htmx would follow a redirect inside its target; told so, it leads the whole page there.
      if (isFragmentRequest(c)) c.header("HX-Redirect", to);
      else if (wantsPage(c)) return c.redirect(to, 303);
      return sendFailure(c, failureOf(401));
    },
    send(c, { view, fragment, title, studies, fault, data }) {
      c.header("Vary", "HX-Request");
      const all = { ...frame(c), title, studies, fault, ...data };
      return c.html(render(isFragmentRequest(c) ? fragment : view, all));
    },
    runsUrl(c, of) {
      const { temporalUiUrl: uiUrl, temporalNamespace: namespace } = deps;
      if (!uiUrl?.startsWith("http") || !may(c, "runs.open")) return "";
      return runsUrl({ uiUrl, namespace }, of);
    },
  };
}

/** The page, fragment or problem document of a failure. */
function createFailure(frame: (c: Context<AppEnv>) => object, render: Render) {
  return (c: Context<AppEnv>, failure: Failure): Response => {
    c.header("Vary", "HX-Request, Accept");
    const { status, title, detail } = failure;
    const requestId = c.get("requestId") ?? "";
    if (isFragmentRequest(c)) {
      return c.html(render("error-notice", { ...failure, requestId }), status);
    }
    if (wantsPage(c)) {
      const all = { ...frame(c), ...failure, requestId, studies: [] };
      return c.html(render("error", all), status);
    }
    const problem = {
      type: "about:blank",
      title,
      status,
      detail,
      instance: `urn:uuid:${requestId}`,
    };
    return c.body(JSON.stringify(problem), status, {
      "Content-Type": "application/problem+json",
    });
  };
}

function may(c: Context<AppEnv>, action: Action): boolean {
  const visitor = c.get("visitor");
  return Boolean(visitor && can(visitor, action));
}

/** What the visitor is here, and where. */
function roleWords(c: Context<AppEnv>): string {
  const visitor = c.get("visitor");
  if (!visitor) return "";
  const { role, site } = visitor;
  return site === null ? role : `${role}, ${site.name}`;
}

function isFragmentRequest(c: Context<AppEnv>): boolean {
  return c.req.header("HX-Request") === "true";
}

function wantsPage(c: Context<AppEnv>): boolean {
  return (c.req.header("Accept") ?? "").includes("text/html");
}
