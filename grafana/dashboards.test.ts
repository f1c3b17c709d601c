import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type pg from "pg";
import { parse } from "yaml";
import type { Choices } from "../testing/grafana-stand-in.ts";
import { expand, readAlertRules } from "../testing/grafana-stand-in.ts";
import { grafanaFiles } from "./files.ts";
import { USUAL_APP } from "./frame.ts";
import type { Asked } from "./open-for-tests.ts";
import { everybody, openGrafana, usual } from "./open-for-tests.ts";
import { DATASOURCE } from "./sql-query.ts";

const { database, reader, dashboards, open, everyQuery, until } = await openGrafana();
const rules = await readAlertRules();
const boardOf = (uid: string) => {
  const board = dashboards.find((each) => each.uid === uid);
  assert.ok(board, uid);
  return board;
};
/** As a database answers whose sessions are in another zone. */
async function readIn(timeZone: string, statement: string): Promise<pg.QueryResult> {
  const answers = (await reader.query(
    `begin; set local time zone '${timeZone}'; ${statement}; commit`,
  )) as unknown as pg.QueryResult[];
  const [, , answer] = answers;
  assert.ok(answer);
  return answer;
}
const own = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the committed files are those that the code makes, and every panel says what it shows", () => {
  return Promise.all(
    [...grafanaFiles({ app: USUAL_APP })].map(async ([path, text]) =>
      assert.ok((await own(path)) === text, `npm run grafana: ${path}`),
    ),
  ).then(() => {
    assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, 4);
    for (const { title, panels } of dashboards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
      for (const panel of panels) assert.ok(String(panel["description"]).length > 10, panel.title);
    }
  });
});

const NUMBERS = [20, 21, 23, 700, 701, 1700];
const TIMES = [1082, 1184];
const TEXT = 25;

/** Whether Grafana can read the answer: a time and numbers by it, in order, text columns as labels. */
function assertSeries({ fields, rows }: pg.QueryResult, label: string): void {
  assert.equal(fields[0]?.name, "time", label);
  assert.equal(fields[0]?.dataTypeID, 1184, label);
  const types = fields.slice(1).map(({ dataTypeID }) => dataTypeID);
  assert.ok(
    types.some((type) => NUMBERS.includes(type)),
    label,
  );
  assert.ok(
    types.every((type) => NUMBERS.includes(type) || type === TEXT),
    `${label} ${types}`,
  );
  const times = rows.map((row) => row.time.getTime());
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
    label,
  );
}

function assertTable({ fields, rows }: pg.QueryResult, { label, type }: Asked): void {
  const known = [...NUMBERS, ...TIMES, TEXT, 16];
  assert.ok(
    fields.every(({ dataTypeID }) => known.includes(dataTypeID)),
    label,
  );
  if (type === "stat")
    assert.ok(
      fields.every(({ dataTypeID }) => NUMBERS.includes(dataTypeID)),
      label,
    );
  if (type === "state-timeline") assert.deepEqual(fields.map(({ name }) => name)[0], "time", label);
  assert.ok(rows.length <= 1000, label);
}

async function assertShown(asked: Asked): Promise<number> {
  const { label, query, context } = asked;
  const statement = expand(query.rawSql, context);
  const result = await reader.query(statement).catch((cause: unknown) => {
    throw new Error(`${label}\n${statement}`, { cause });
  });
  if (query.format === "time_series") assertSeries(result, label);
  else assertTable(result, asked);
  assert.ok(result.rows.length < 20_000, `${label}: ${result.rows.length} rows`);
  return result.rows.length;
}

test("every panel's query runs as the reader and answers what its panel can show, for everybody and for one", async () => {
  for (const asked of await everyQuery(usual)) await assertShown(asked);
  for (const asked of await everyQuery(everybody)) {
    const shown = await assertShown(asked);
    assert.ok(shown > 0 || asked.label.startsWith("Participant"), `${asked.label} shows nothing`);
  }
});

test("the participant dashboard shows measured, imputed, gaps, sleep, steps, devices and messages of who has them", async () => {
  const board = dashboards.find(({ uid }) => uid === "wearflow-participant");
  assert.ok(board);
  const context = await open(board, usual);
  for (const { title, targets } of board.panels)
    for (const { rawSql } of targets) {
      const { rows } = await reader.query(expand(rawSql, context));
      assert.ok(rows.length > 0, title);
    }
  const messages = board.annotations.list.find(({ name }) => name === "Messages")?.target;
  const { rows } = await reader.query(expand(messages?.rawSql ?? "", context));
  assert.deepEqual(
    rows.map(({ text }) => text),
    ["inactive: accepted"],
  );
});

test("tiles and table agree, a site with an apostrophe can be chosen, and one id narrows everything to it", async () => {
  const board = dashboards.find(({ uid }) => uid === "wearflow-adherence");
  assert.ok(board);
  const read = async (choices: Choices, panel: number) => {
    const query = board.panels.find(({ id }) => id === panel)?.targets[0];
    return (await reader.query(expand(query?.rawSql ?? "", await open(board, choices)))).rows;
  };
  const people = await read(everybody, 4);
  assert.equal(people.length, 24);
  const [tiles] = await read(everybody, 1);
  const words: Record<string, string> = {
    Inactive: "inactive",
    "Low wear": "low wear",
    "Consent needed": "consent needed",
  };
  for (const [tile, word] of Object.entries(words))
    assert.equal(
      tiles[tile],
      people.filter(({ needs }) => needs.split(", ").includes(word)).length,
      tile,
    );
  assert.ok(tiles.Active > 0 && tiles["Low wear"] > 0);
  const johns = await read({ ...everybody, site: ["St John's"] }, 4);
  assert.ok(johns.length > 5 && johns.every(({ site }) => site === "St John's"));
  const none = await read({ ...everybody, site: ["–"] }, 4);
  assert.deepEqual(
    none.map(({ site }) => site),
    [null],
  );
  assert.deepEqual(
    (await read(usual, 4)).map(({ participant }) => participant),
    ["F-0001"],
  );
  assert.deepEqual([...new Set((await read(usual, 2)).map(({ metric }) => metric))], ["F-0001"]);
  assert.deepEqual([...new Set((await read(everybody, 2)).map(({ metric }) => metric))].length, 5);
});

test("an alert rings by one number a study, is judged by reduce and threshold, and says in the runbook what to do", async () => {
  const runbook = await own("../docs/runbook.md");
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replaceAll(" ", "-"),
  );
  assert.equal(rules.length, 5);
  for (const { title, condition, data, annotations } of rules) {
    assert.deepEqual(
      data.map(({ refId, datasourceUid }) => [refId, datasourceUid]),
      [
        ["A", DATASOURCE.uid],
        ["B", "__expr__"],
        ["C", "__expr__"],
      ],
    );
    assert.deepEqual(
      [condition, data[1]?.model["expression"], data[2]?.model["expression"]],
      ["C", "A", "B"],
    );
    const statement = data[0]?.model.rawSql ?? "";
    // A dollar in a provisioning file would be taken for a variable of the environment.
    assert.doesNotMatch(statement, /\$/);
    const result = await reader.query(statement);
    assertSeries(result, title);
    assert.ok(result.rows.length <= 1, title);
    assert.ok(
      result.rows.every(({ value }) => Number.isFinite(value) && value > 0),
      `${title} ${JSON.stringify(result.rows)}`,
    );
    assert.ok(
      anchors.includes(annotations.runbook.replace("docs/runbook.md#", "")),
      annotations.runbook,
    );
  }
});

test("the datasource is the reader's, with TimescaleDB's macros, and nobody is let in unasked", async () => {
  const { datasources } = parse(await own("provisioning/datasources/wearflow.yaml"));
  const [{ uid, user, jsonData }] = datasources;
  assert.deepEqual([uid, user, jsonData.timescaledb], [DATASOURCE.uid, "grafana_reader", true]);
  const { services } = parse(await own("../docker-compose.yml"), { merge: true });
  assert.equal(services.grafana.environment.GF_AUTH_ANONYMOUS_ENABLED, "false");
  const { contactPoints, policies } = parse(await own("provisioning/alerting/contact.yaml"));
  assert.equal(policies[0].receiver, contactPoints[0].name);
});

test("a local day stands on its own date, in whatever zone who looks and the session are", async () => {
  const ofDays = {
    "wearflow-adherence": ["Valid days", "Hours worn", "Days by state"],
    "wearflow-imputation": ["Hours imputed a day"],
  };
  for (const [uid, titles] of Object.entries(ofDays)) {
    const board = boardOf(uid);
    assert.equal(board["timezone"], "utc", uid);
    const context = await open(board, everybody);
    for (const title of titles) {
      const shown = board.panels.find((panel) => panel.title === title)?.targets[0];
      const statement = expand(shown?.rawSql ?? "", context);
      const { rows } = await readIn("America/Los_Angeles", statement);
      assert.ok(rows.length > 0, title);
      for (const { time } of rows) assert.match(time.toISOString(), /T00:00:00\.000Z$/, title);
    }
  }
});

test("the day that somebody east of UTC is living is on their dashboard from its first minute", async () => {
  const ends = new Date(until.getTime() + 13 * 3_600_000);
  const starts = new Date(ends.getTime() - 24 * 3_600_000);
  await database.app.query(
    `insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
       wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
     select id, $1::date, $2::timestamptz, $3::timestamptz, 1440, 60, 60, 'pending', false, '{}', 1, $2::timestamptz
     from study.participant where short_id = 'F-0002'`,
    [until.toISOString().slice(0, 10), starts, ends],
  );
  const board = boardOf("wearflow-participant");
  const there = await open(board, { ...usual, participant: "F-0002" });
  const context = { ...there, choices: { ...there.choices, participant: "F-0002" } };
  const to = new Date(starts.getTime() + 60_000);
  for (const title of ["Days", "Hours worn"]) {
    const query = board.panels.find((panel) => panel.title === title)?.targets[0];
    const { rows } = await reader.query(expand(query?.rawSql ?? "", { ...context, to }));
    assert.deepEqual(rows.at(-1)?.time, starts, title);
  }
});
