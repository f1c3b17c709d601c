import type { Context } from "hono";
import type { Action } from "../auth/can.ts";
import { can } from "../auth/can.ts";
import type { AssetUrls } from "./assets.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Failure } from "./failures.ts";
import type { Render } from "./render.ts";
import { runsUrl } from "./temporal-links.ts";

/** What every page's frame shows, and the two ways a page leaves the server. */
export type Pages = Readonly<{
  /** A whole page, or for htmx the fragment of the same content. */
  send(c: Context<AppEnv>, page: Page): Response;
  sendFailure(c: Context<AppEnv>, failure: Failure): Response;
  /** The address of a participant's runs, where there is a Temporal UI and the visitor may open it. */
  runsUrl(c: Context<AppEnv>, of: Readonly<{ study: string; participant: string }>): string;
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
  const frame = (c: Context<AppEnv>) => ({
    assets,
    nonce: c.get("secureHeadersNonce") ?? "",
    embedded: deps.embedded,
    demo: deps.demo,
    visitor: c.get("visitor")?.name ?? "",
    signedIn: Boolean(c.get("visitor")),
    maySetUp: may(c, "study.change"),
    path: c.req.path,
  });
  return {
    send(c, { view, fragment, title, studies, fault, data }) {
      c.header("Vary", "HX-Request");
      const all = { ...frame(c), title, studies, fault, ...data };
      return c.html(render(isFragmentRequest(c) ? fragment : view, all));
    },
    sendFailure(c, failure) {
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
    },
    runsUrl(c, of) {
      const { temporalUiUrl: uiUrl, temporalNamespace: namespace } = deps;
      if (!uiUrl?.startsWith("http") || !may(c, "runs.open")) return "";
      return runsUrl({ uiUrl, namespace }, of);
    },
  };
}

function may(c: Context<AppEnv>, action: Action): boolean {
  const visitor = c.get("visitor");
  return Boolean(visitor && can(visitor.role, action));
}

function isFragmentRequest(c: Context<AppEnv>): boolean {
  return c.req.header("HX-Request") === "true";
}

function wantsPage(c: Context<AppEnv>): boolean {
  return (c.req.header("Accept") ?? "").includes("text/html");
}
