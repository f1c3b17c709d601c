import { QueryBuilder } from "@grafana/grafana-foundation-sdk/alerting";
import { TypeReduceBuilder, TypeThresholdBuilder } from "@grafana/grafana-foundation-sdk/expr";
import { DATASOURCE, sql } from "./sql-query.ts";

/** A rule: rings while its number is above the limit, for as long as is said. */
export type Alert = Readonly<{
  uid: string;
  title: string;
  /** One row: now, and a number; text columns are labels. */
  query: string;
  above: number;
  forMinutes: number;
  summary: string;
  /** The heading of docs/runbook.md that says what to do. */
  runbook: string;
}>;

const ALERTS: readonly Alert[] = [
  {
    uid: "wearflow-inactive",
    title: "Participants inactive",
    query: `
    select now() as time, study, count(*) filter (where inactive)::float8 as value
    from reporting.participant_flag group by study order by study`,
    above: 0,
    forMinutes: 60,
    summary:
      "Devices of participants have not synced for longer than the study allows (48 h unless it says otherwise).",
    runbook: "participants-inactive",
  },
  {
    uid: "wearflow-stalled",
    title: "Ingest stalled",
    query: `
    select now() as time, p.study,
      coalesce(extract(epoch from now() - (
        select max(r.finished_at) from reporting.ingest_run r where r.study = p.study and r.outcome = 'complete')),
        extract(epoch from now() - min(p.enrolled_on)::timestamptz))::float8 / 3600 as value
    from reporting.participant_status p
    where p.state = 'active' group by p.study order by p.study`,
    above: 26,
    forMinutes: 30,
    summary: "No run of a study was complete for 26 h.",
    runbook: "ingest-stalled",
  },
  {
    uid: "wearflow-quarantine",
    title: "Quarantine growing",
    query: `
    select now() as time, study, count(*)::float8 as value
    from reporting.quarantine
    where first_seen_at > now() - interval '24 hours' group by study order by study`,
    above: 50,
    forMinutes: 15,
    summary:
      "More than 50 readings of a study that nobody has seen the like of did not fit within 24 h.",
    runbook: "quarantine-growing",
  },
  {
    uid: "wearflow-maintenance",
    title: "Maintenance failed",
    query: `
    select now() as time,
      (select count(*) from reporting.maintenance where failed)
        + (select count(*) from reporting.aggregate_lag where minutes > 30)::float8 as value`,
    above: 0,
    forMinutes: 30,
    summary:
      "A maintenance task failed at its last turn, or the hourly aggregate is more than 30 minutes behind.",
    runbook: "maintenance-failed",
  },
  {
    uid: "wearflow-grants",
    title: "Grants expiring",
    query: `
    select now() as time, study, count(*)::float8 as value
    from reporting.connection
    where state = 'active' and status = 'active' and grant_expires_at < now() + interval '3 days'
    group by study order by study`,
    above: 0,
    forMinutes: 60,
    summary:
      "Grants of active participants end within three days; afterwards nothing can be fetched until they consent again.",
    runbook: "grants-expiring",
  },
];

const EXPRESSION = { type: "__expr__", uid: "__expr__" } as const;

/** The rules in the shape of a provisioning file, which is not that of Grafana's API. */
export function alertFile() {
  return {
    apiVersion: 1,
    groups: [
      { orgId: 1, name: "wearflow", folder: "Wearflow", interval: "5m", rules: ALERTS.map(ruleOf) },
    ],
  };
}

function ruleOf({ uid, title, query, above, forMinutes, summary, runbook }: Alert) {
  const range = { from: 600, to: 0 };
  const asked = new QueryBuilder("A").datasourceUid(DATASOURCE.uid).relativeTimeRange(range);
  const reduced = new TypeReduceBuilder()
    .refId("B")
    .expression("A")
    .reducer("last" as never);
  const judged = new TypeThresholdBuilder()
    .refId("C")
    .expression("B")
    .conditions([{ evaluator: { type: "gt" as never, params: [above] } }]);
  const step = (refId: string, model: typeof reduced | typeof judged) =>
    new QueryBuilder(refId)
      .datasourceUid(EXPRESSION.uid)
      .model(model.datasource(EXPRESSION) as never);
  const data = [
    asked.model(sql("A", "time_series", query) as never),
    step("B", reduced),
    step("C", judged),
  ];
  return {
    uid,
    title,
    condition: "C",
    data: data.map((one) => one.build()),
    // A study without such rows is well; a query that fails is not.
    noDataState: "OK",
    execErrState: "Error",
    for: `${forMinutes}m`,
    labels: { team: "ops" },
    annotations: { summary, runbook: `docs/runbook.md#${runbook}` },
  };
}
