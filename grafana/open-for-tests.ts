import assert from "node:assert/strict";
import { after } from "node:test";
import { createPool } from "../sql/pool.ts";
import { testDatabase } from "../testing/database.ts";
import { fillStudyYear } from "../testing/filled-study.ts";
import type { Choices, Context, Dashboard, Query } from "../testing/grafana-stand-in.ts";
import { expand, readDashboards } from "../testing/grafana-stand-in.ts";
import { USUAL_APP } from "./frame.ts";

const DAY_MS = 86_400_000;

/** F-0001 was imputed, has samples and a message. */
export const usual: Choices = {
  study: "year",
  site: "$__all",
  arm: "$__all",
  participant: "F-0001",
  app: USUAL_APP,
};
/** Everybody, where a dashboard offers it; the dashboard of one person keeps the one. */
export const everybody: Choices = { ...usual, participant: "$__all" };

export type Asked = Readonly<{ label: string; type: string; query: Query; context: Context }>;

/** A filled database, read as Grafana's role reads it, and dashboards as somebody has them open: the last 30 days. */
export async function openGrafana() {
  const until = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const database = await testDatabase();
  const reader = createPool(database.url("grafana_reader"), "grafana-test", 2);
  after(async () => {
    await reader.end();
    await database.stop();
  });
  await fillStudyYear(database, { people: 24, days: 40, sampleDays: 6, sampled: 4, until });
  const dashboards = await readDashboards();

  async function open({ templating }: Dashboard, wanted: Choices): Promise<Context> {
    const range = { from: new Date(until.getTime() - 30 * DAY_MS), to: until };
    const known: Record<string, string[]> = {};
    const takesAll = templating.list.some(
      ({ name, includeAll }) => name === "participant" && includeAll,
    );
    const choices = takesAll ? wanted : { ...wanted, participant: usual["participant"] ?? "" };
    const context = { ...range, variables: templating.list, choices, known };
    for (const { name, query } of templating.list) {
      if (typeof query === "string") continue;
      const { rows } = await reader.query<{ __value: string; __text: string }>(
        expand(query.rawSql, context),
      );
      assert.ok(rows.length > 0 && rows.every((row) => row.__text !== null), `variable ${name}`);
      known[name] = rows.map((row) => row.__value);
    }
    return context;
  }

  async function everyQuery(choices: Choices): Promise<Asked[]> {
    const asked: Asked[] = [];
    for (const dashboard of dashboards) {
      const context = await open(dashboard, choices);
      for (const { id, title, type, targets } of dashboard.panels)
        for (const query of targets)
          asked.push({ label: `${dashboard.title} ${id} ${title}`, type, query, context });
    }
    return asked;
  }
  return { database, reader, dashboards, open, everyQuery, until };
}
