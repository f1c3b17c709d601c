import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";

/**
 * What Grafana does with a query before the database sees it, as its documentation states: variables first (in the
 * browser), then macros (in the backend, arguments split at commas up to the first closing bracket).
 */
const Query = z.looseObject({
  refId: z.string(),
  rawSql: z.string(),
  format: z.enum(["time_series", "table"]),
});
export type Query = z.infer<typeof Query>;

const Variable = z.looseObject({
  name: z.string(),
  type: z.string(),
  multi: z.boolean().default(false),
  includeAll: z.boolean().default(false),
  allValue: z.string().optional(),
  query: z.union([z.string(), Query]),
});
export type Variable = z.infer<typeof Variable>;

const Dashboard = z.looseObject({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.looseObject({ id: z.number(), title: z.string(), type: z.string(), targets: z.array(Query) }),
  ),
  templating: z.looseObject({ list: z.array(Variable) }),
  annotations: z
    .looseObject({
      list: z.array(z.looseObject({ name: z.string(), target: Query.optional() })).default([]),
    })
    .default({ list: [] }),
});
export type Dashboard = z.infer<typeof Dashboard>;

const folder = new URL("../grafana/", import.meta.url);

/** The committed dashboards, as Grafana would load them. */
export async function readDashboards(): Promise<Dashboard[]> {
  const files = (await readdir(new URL("dashboards/", folder))).sort();
  const texts = files.map((file) => readFile(new URL(`dashboards/${file}`, folder), "utf8"));
  return (await Promise.all(texts)).map((text) => Dashboard.parse(JSON.parse(text)));
}

const AlertFile = z.object({
  groups: z.array(
    z.looseObject({
      interval: z.string(),
      rules: z.array(
        z.looseObject({
          uid: z.string(),
          title: z.string(),
          condition: z.string(),
          data: z.array(
            z.looseObject({
              refId: z.string(),
              datasourceUid: z.string(),
              model: z.looseObject({
                rawSql: z.string().optional(),
                format: z.string().optional(),
              }),
            }),
          ),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

/** The committed alert rules. */
export async function readAlertRules() {
  const text = await readFile(new URL("provisioning/alerting/rules.yaml", folder), "utf8");
  return AlertFile.parse(parse(text)).groups.flatMap(({ rules }) => rules);
}

/** What somebody chose: a value, several, or everything. */
export type Choice = string | readonly string[] | "$__all";
export type Choices = Readonly<Record<string, Choice>>;

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A variable's value in a query, as SqlDatasource.interpolateVariable writes it. */
function interpolated(variable: Variable, choice: Choice, all: readonly string[]): string {
  if (choice === "$__all") return variable.allValue ?? all.map(quote).join(",");
  if (typeof choice !== "string") return choice.map(quote).join(",");
  return variable.multi || variable.includeAll ? quote(choice) : choice.replaceAll("'", "''");
}

export type Context = Readonly<{
  from: Date;
  to: Date;
  variables: readonly Variable[];
  choices: Choices;
  /** What each variable's own query answered: what All stands for. */
  known: Readonly<Record<string, readonly string[]>>;
}>;

/** The statement the database gets. Throws on a macro that Grafana does not know. */
export function expand(rawSql: string, context: Context): string {
  const { variables, choices, known } = context;
  const named = variables.reduce((text, variable) => {
    const value = interpolated(variable, choices[variable.name] ?? "", known[variable.name] ?? []);
    return text.replaceAll(
      new RegExp(`\\$${variable.name}\\b|\\$\\{${variable.name}\\}`, "g"),
      () => value,
    );
  }, rawSql);
  return named.replaceAll(
    /\$__(\w+)(?:\(([^)]*)\))?/g,
    (_, name: string, given: string | undefined) => {
      const macro = macros[name];
      if (macro === undefined) throw new Error(`Grafana knows no macro $__${name}`);
      return macro(
        context,
        (given ?? "").split(",").map((each) => each.trim()),
      );
    },
  );
}

type Macro = (context: Context, given: readonly string[]) => string;

const instant = (time: Date) => `'${time.toISOString()}'`;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function timeGroup(_: Context, [column = "", interval = ""]: readonly string[]): string {
  const [, count = "", unit = ""] = /^'(\d+)([smhd])'$/.exec(interval) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  if (!(seconds > 0)) throw new Error(`no interval: ${interval}`);
  return `time_bucket('${seconds.toFixed(3)}s',${column})`;
}

/** With \`timescaledb: true\`, as our datasource is provisioned. */
const macros: Readonly<Record<string, Macro>> = {
  timeFilter: ({ from, to }, [column]) => `${column} BETWEEN ${instant(from)} AND ${instant(to)}`,
  timeFrom: ({ from }) => instant(from),
  timeTo: ({ to }) => instant(to),
  timeGroup,
  timeGroupAlias: (context, given) => `${timeGroup(context, given)} AS "time"`,
};
