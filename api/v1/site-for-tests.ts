import assert from "node:assert/strict";
import { after, afterEach } from "node:test";
import { z } from "zod";
import { Refusal } from "../../sql/refusal.ts";
import { testDatabase } from "../../testing/database.ts";
import { signInAs } from "../../testing/staff.ts";
import { createApp } from "../app.ts";
import { fillStudy } from "../study-for-tests.ts";
import { at, FILLED, fillPerson } from "./filled-for-tests.ts";
import { Samples } from "./schemas.ts";

const now = new Date("2026-11-25T12:00:00Z");

/** All that is stored of D-UTC and D-KOL, who have the same minutes in two zones. */
export const RANGE = "from=2026-11-01T00:00:00Z&to=2026-11-05T00:00:00Z";

export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({ items: z.array(row), next_cursor: z.string().nullable() });

/** The API on a filled database of the file's own; fails every test in which something failed on our side. */
export async function startApi() {
  const database = await testDatabase();
  after(() => database.stop());
  await fillStudy(database.app, now);
  await fillPerson(database, "D-UTC", "UTC");
  await fillPerson(database, "D-KOL", "Asia/Kolkata");
  const started: string[] = [];
  const failed: object[] = [];
  afterEach(() => assert.deepEqual(failed.splice(0), [], "nothing failed on our side"));
  const app = createApp({
    db: database.app,
    clock: () => now,
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: false,
    demo: false,
    fetchNow: async ({ shortId }) => void started.push(`fetch ${shortId}`),
    imputation: {
      start: async ({ participant }, since) => void started.push(`impute ${participant} ${since}`),
      async draws({ day, count }) {
        if (day !== "2026-11-02") throw new Refusal("day", `Nothing was imputed on ${day}`);
        const paths = Array.from({ length: count }, () => Float64Array.of(70.5, 71));
        return [{ startsAt: at(FILLED.start), seed: "seed", paths }];
      },
    },
    log: { info() {}, warn() {}, error: (entry: object) => void failed.push(entry) },
  });
  const oslo = { study: "sleep-2", name: "Oslo" };
  const researcher = { Cookie: await signInAs(database.app, "rita", "researcher") };
  const coordinator = { Cookie: await signInAs(database.app, "ola", "coordinator", oslo) };

  const get = (path: string, headers: Record<string, string> = researcher) =>
    app.request(`/api/v1${path}`, { headers });
  async function read<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    headers = researcher,
  ) {
    const reply = await get(path, headers);
    const text = await reply.text();
    assert.equal(reply.status, 200, `${path} ${text}`);
    return schema.parse(JSON.parse(text));
  }
  const samplesOf = (id: string, query: string) =>
    read(`/participants/${id}/samples?${query}`, Samples);
  return { database, app, started, researcher, coordinator, get, read, samplesOf };
}
