import { z } from "@hono/zod-openapi";
import { stringify } from "csv-stringify/sync";
import type { Context } from "hono";
import type { AppEnv } from "../deps.ts";

/** How rows are written: a JSON page, or all of them as they are read. */
export const Format = z.enum(["json", "csv", "ndjson"]).default("json").openapi({
  description: "json: a page. csv, ndjson: everything, streamed as fast as it is taken.",
});
export const StreamFormat = z.enum(["csv", "ndjson"]).default("csv");

type RowStream = AsyncGenerator<readonly object[], void, undefined>;

/** What the OpenAPI document says of a streamed answer. */
export const streamed = {
  "text/csv": { schema: z.string() },
  "application/x-ndjson": { schema: z.string() },
};

const TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson" } as const;

/**
 * Sends rows batch by batch; the next batch is read when the one before was taken. The first is read before anything is
 * sent, so that a database that does not answer is a problem and no empty file; later, the connection breaks instead.
 * A batch may be empty. Nothing is read on for a request that was given up or answered otherwise.
 */
export async function sendRows(
  c: Context<AppEnv>,
  {
    format,
    columns,
    name,
  }: Readonly<{ format: "csv" | "ndjson"; columns: readonly string[]; name: string }>,
  batches: RowStream,
): Promise<Response> {
  const first = await batches.next();
  if (c.get("late") || c.req.raw.signal.aborted) {
    await batches.return();
    return c.body(null);
  }
  const write = format === "csv" ? csvOf(columns) : ndjsonOf;
  async function* chunks() {
    try {
      if (format === "csv") yield `${columns.join(",")}\n`;
      if (!first.done) yield write(first.value);
      for await (const rows of batches) yield write(rows);
    } finally {
      await batches.return();
    }
  }
  const body = ReadableStream.from(chunks()).pipeThrough(new TextEncoderStream());
  c.header("Content-Disposition", `attachment; filename="${name}.${format}"`);
  return c.body(body, 200, { "Content-Type": TYPES[format] });
}

const ndjsonOf = (rows: readonly object[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const csvOf = (columns: readonly string[]) => (rows: readonly object[]) =>
  stringify([...rows], {
    columns: [...columns],
    cast: { date: (value) => value.toISOString(), boolean: String },
    // A spreadsheet must not take a text of ours for a formula.
    escape_formulas: true,
  });
