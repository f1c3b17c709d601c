import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../deps.ts";
import type { Pages } from "../page.ts";
import type { ApiDocument } from "./describe.ts";

/** As much of an operation as the page shows. */
const Operation = z.object({
  summary: z.string(),
  description: z.string().default(""),
  tags: z.array(z.string()),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().default(""),
        schema: z.looseObject({ description: z.string().optional() }),
      }),
    )
    .default([]),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      content: z
        .record(z.string(), z.object({ schema: z.looseObject({}).default({}) }))
        .default({}),
    }),
  ),
});

const Document = z.object({
  info: z.object({ title: z.string(), description: z.string(), version: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
});

/** GET /docs: the document for people, rendered here; nothing of it comes from another host. */
export function docsRoutes(document: ApiDocument, pages: Pages): Hono<AppEnv> {
  const view = docsView(document);
  const routes = new Hono<AppEnv>();
  routes.get("/docs", (c) =>
    pages.send(c, {
      view: "api-docs",
      fragment: "api-docs",
      title: "API",
      studies: [],
      fault: null,
      data: view,
    }),
  );
  return routes;
}

function docsView(document: ApiDocument) {
  const { info, tags, paths, components } = Document.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: `${method}-${path.replaceAll(/[^a-z0-9]+/gi, "-")}`,
      method: method.toUpperCase(),
      path,
      ...operation,
      parameters: operation.parameters.map(({ schema, description, ...parameter }) => ({
        ...parameter,
        description: description || (schema.description ?? ""),
        type: typeWords(schema),
      })),
      responses: Object.entries(operation.responses).map(([status, response]) => ({
        status,
        description: response.description,
        types: Object.entries(response.content).map(([type, { schema }]) => ({
          type,
          schema: typeWords(schema),
        })),
      })),
    })),
  );
  return {
    info,
    groups: tags.map((tag) => ({
      ...tag,
      operations: operations.filter((one) => one.tags.includes(tag.name)),
    })),
    schemas: Object.entries(components.schemas).map(([name, schema]) => ({
      name,
      fields: fieldsOf(schema),
    })),
  };
}

const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  $ref: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.looseObject({})).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string().optional(),
});

/** A schema in a few words: its type, its choices, its bounds. */
function typeWords(given: unknown): string {
  const schema = Schema.parse(given);
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  if (schema.properties !== undefined) {
    const fields = Object.entries(schema.properties);
    return `{ ${fields.map(([name, of]) => `${name}: ${typeWords(of)}`).join(", ")} }`;
  }
  return [baseWords(schema), boundWords(schema)].filter((words) => words !== "").join(", ");
}

function baseWords({ enum: choices, format, type }: z.infer<typeof Schema>): string {
  if (choices !== undefined) return choices.filter((one) => one !== null).join(" | ");
  return [type ?? "anything"]
    .flat()
    .join(" or ")
    .replace("string", format ?? "string");
}

function boundWords({ minimum, maximum, default: usual }: z.infer<typeof Schema>): string {
  const bounds = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : "";
  return [bounds, usual === undefined ? "" : `else ${String(usual)}`].filter(Boolean).join(", ");
}

function fieldsOf(given: unknown) {
  return Object.entries(Schema.parse(given).properties ?? {}).map(([name, schema]) => ({
    name,
    type: typeWords(schema),
    description: Schema.parse(schema).description ?? "",
  }));
}
