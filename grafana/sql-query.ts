import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";

/** The one datasource, by the uid that provisioning gives it. */
export const DATASOURCE = { type: "grafana-postgresql-datasource", uid: "wearflow" } as const;

/** How Grafana reads an answer: a column `time` and numbers by it (text columns are labels), or rows as they are. */
export type Format = "time_series" | "table";

export type SqlQuery = Dataquery &
  Readonly<{
    refId: string;
    datasource: typeof DATASOURCE;
    editorMode: "code";
    rawQuery: true;
    format: Format;
    rawSql: string;
  }>;

/** A query of a panel, an annotation or a variable; the SDK has no builder of SQL. */
export function sql(refId: string, format: Format, rawSql: string): Builder<SqlQuery> {
  const text = rawSql.trim().replace(/\n {4}/g, "\n");
  const query = {
    refId,
    datasource: DATASOURCE,
    editorMode: "code",
    rawQuery: true,
    format,
  } as const;
  return { build: () => ({ ...query, rawSql: text, _implementsDataqueryVariant() {} }) };
}

/** A variable of Grafana's as it stands in a link: the value of a variable, a field or the time range. */
export const put = (name: string): string => `$\{${name}}`;
