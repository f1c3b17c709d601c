import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../deps.ts";

/** The OpenAPI 3.1 document of the routes, made of the schemas that judge requests. */
export function describeApi(api: OpenAPIHono<AppEnv>) {
  api.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description:
      "npm run wearflow -- token make LOGIN --name NAME --scope read,run --days N --why WHY",
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "wearflow-session",
    description: "Who is signed in to the pages.",
  });
  return api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Wearflow",
      version: "1.0.0",
      description:
        "What was measured, what was worn, what is missing and why, what was imputed. Participants by opaque id only: " +
        "no names and no addresses. Instants are UTC; days are the participant's own.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }, { session: [] }],
    tags: [
      { name: "People and devices", description: "Who takes part, and with what." },
      { name: "Days and nights", description: "The ledger: wear, gaps and sleep." },
      { name: "Measurements", description: "Values over time." },
      { name: "Imputation", description: "What was filled, how, and how sure." },
    ],
  });
}

export type ApiDocument = ReturnType<typeof describeApi>;
