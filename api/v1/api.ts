import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppDeps, AppEnv } from "../deps.ts";
import type { Pages } from "../page.ts";
import { dayRoutes } from "./days.ts";
import { describeApi } from "./describe.ts";
import { docsRoutes } from "./docs.ts";
import { imputationRoutes } from "./imputations.ts";
import { peopleRoutes } from "./people.ts";
import { sampleRoutes } from "./samples.ts";

/** Mounted at /api/v1: what researchers' programs read, with the document that describes it. No name, no address. */
export function apiV1(deps: AppDeps, pages: Pages): OpenAPIHono<AppEnv> {
  const api = new OpenAPIHono<AppEnv>().basePath("/api/v1");
  api.route("/", peopleRoutes(deps));
  api.route("/", dayRoutes(deps));
  api.route("/", sampleRoutes(deps));
  api.route("/", imputationRoutes(deps));
  const document = describeApi(api);
  api.get("/openapi.json", (c) => c.json(document));
  api.route("/", docsRoutes(document, pages));
  return api;
}
