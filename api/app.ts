import type { Context } from "hono";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { readChangeCounter } from "../sql/participants.ts";
import { loadAssets } from "./assets.ts";
import { auditRoutes } from "./audit.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { eventRoutes } from "./events.ts";
import { failureOf, statusOf } from "./failures.ts";
import { healthRoutes } from "./health-check.ts";
import { createLive } from "./live.ts";
import {
  mountContact,
  mountDays,
  mountParticipation,
  mountProvider,
  mountSetUp,
  mountSignIn,
} from "./mount.ts";
import type { Pages } from "./page.ts";
import { createPages } from "./page.ts";
import { participantRoutes } from "./participant.ts";
import { createRender } from "./render.ts";
import { resolveVisitor } from "./resolve-visitor.ts";
import { onlyOwnPagesChange } from "./same-origin.ts";
import {
  noForeignFetches,
  noNul,
  noStoreByDefault,
  onlyLoopbackNames,
  onTime,
  previewHeaders,
  strictHeaders,
} from "./security.ts";
import { createSecretCookie } from "./session-cookie.ts";
import { statusRoutes } from "./status.ts";
import { createStatusReader } from "./status-reader.ts";
import { apiV1 } from "./v1/api.ts";
import { isApi } from "./v1/bearer.ts";
import { problemStatusOf, sendProblem } from "./v1/problem.ts";

const POLL_MS = 2000;
const PAGE_WITHIN_MS = 10_000;
const FILE_WITHIN_MS = 60_000;

/** The coordinators' pages. Every route but /healthz and the assets names the action it needs. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const { db, clock, log, pollMs = POLL_MS, publicUrl = "http://127.0.0.1" } = deps;
  const { pageWithinMs = PAGE_WITHIN_MS, fileWithinMs = FILE_WITHIN_MS } = deps;
  const startedAt = clock();
  const assets = loadAssets();
  const pages = createPages(deps, createRender(), assets.urls);
  const readStatus = createStatusReader({ db, clock, freshMs: pollMs / 2, staleMs: 3 * pollMs });
  const readCounter = async () => {
    const counter = await readChangeCounter(db);
    await readStatus.catchUp(counter);
    return counter;
  };
  const live = createLive({ readCounter, pollMs, clock, log, patienceMs: pageWithinMs });

  const cookie = createSecretCookie("wearflow-session", publicUrl);

  const app = new Hono<AppEnv>();
  app.onError((error, c) => refuse(c, isApi(c) ? problemStatusOf(error) : statusOf(error), error));
  app.notFound((c) => refuse(c, 404));
  const refuse = createRefusal(pages, log);
  app.use(
    requestId({ headerName: "" }),
    previewHeaders,
    strictHeaders(),
    noStoreByDefault,
    compress(),
  );
  app.use(noNul, onTime(pageWithinMs, fileWithinMs), noForeignFetches, onlyOwnPagesChange);
  app.use(resolveVisitor({ db, demo: demoGateOf(deps), cookie }), onlyLoopbackNames);
  app.use(onlyKnownMethods(app, refuse));
  app.route("/", healthRoutes(deps, startedAt));
  app.route("/", assets.routes);
  mountSignIn(app, { ...deps, publicUrl, cookie }, pages);
  app.route("/", statusRoutes(readStatus, pages, startedAt));
  app.route("/", participantRoutes(deps, pages, startedAt));
  mountParticipation(app, deps, pages);
  mountSetUp(app, deps, pages);
  if (deps.contact) mountContact(app, { ...deps, contact: deps.contact, publicUrl }, pages);
  mountProvider(app, { ...deps, publicUrl }, pages);
  app.route("/", auditRoutes(deps, pages));
  mountDays(app, deps, pages);
  app.route("/", eventRoutes(deps, live));
  app.route("/", apiV1(deps, pages));
  return app;
}

/** An address that is there, but not for this method, says for which it is. */
function onlyKnownMethods(app: Hono<AppEnv>, refuse: ReturnType<typeof createRefusal>) {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      c.header("Allow", methods.join(", "));
      return refuse(c, 405);
    },
  });
}

/** A demo that was settled beforehand, as in a test, or one the database is asked about. */
function demoGateOf({ demo }: AppDeps) {
  return typeof demo === "boolean" ? async () => demo : demo;
}

/** Answers a request that fails, and logs why under the number the visitor sees. */
function createRefusal(pages: Pages, log: AppDeps["log"]) {
  return (c: Context<AppEnv>, status: number, error?: unknown): Response => {
    const { method, path } = c.req;
    const staff = c.get("visitor")?.staffId ?? null;
    const entry = { requestId: c.get("requestId"), method, path, status, staff };
    if (status >= 500) log.error({ ...entry, err: error }, "request failed");
    else if (status !== 404) log.warn(entry, "request refused");
    if (isApi(c)) return sendProblem(c, error, status);
    return status === 401 ? pages.sendToSignIn(c) : pages.sendFailure(c, failureOf(status));
  };
}
