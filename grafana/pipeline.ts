import { StackingConfigBuilder, StackingMode } from "@grafana/grafana-foundation-sdk/common";
import type { DashboardOptions } from "./frame.ts";
import { appVariable, frame, studyVariable, withPanels } from "./frame.ts";
import { lines, named, table, tiles, unit } from "./panels.ts";
import { sql } from "./sql-query.ts";

const DAY_MS = 86_400_000;

const NOW = `
    select
      (select extract(epoch from now() - finished_at)::float8 / 3600 from reporting.ingest_run
       where study = '$study' and outcome = 'complete' order by finished_at desc limit 1) as "Hours since a complete run",
      (select count(*) from reporting.participant_status
       where study = '$study' and state = 'active'
         and (last_fetched_at is null or last_fetched_at < now() - interval '26 hours'))
        as "Active, not fetched for 26 h",
      (select coalesce(minutes, 0) from reporting.aggregate_lag) as "Minutes the aggregate is behind",
      (select count(*) from reporting.quarantine where study = '$study' and open) as "In quarantine",
      (select count(*) from reporting.maintenance where failed) as "Maintenance failed",
      (select count(*) from reporting.pipeline_fault where study = '$study' and ended_at is null) as "Open faults"`;

const RUNS = `
    select $__timeGroupAlias(finished_at, '6h'), outcome as metric, count(*)::int as "runs"
    from reporting.ingest_run
    where study = '$study' and $__timeFilter(finished_at)
    group by 1, 2 order by 1`;

/** From when it was planned: what a run waited for a place, for a limit and between tries is in it. */
const WAITS = `
    select $__timeGroupAlias(finished_at, '6h'),
      percentile_cont(0.5) within group (order by extract(epoch from finished_at - scheduled_at)) / 60 as "half",
      percentile_cont(0.95) within group (order by extract(epoch from finished_at - scheduled_at)) / 60 as "95 of 100"
    from reporting.ingest_run
    where study = '$study' and $__timeFilter(finished_at)
    group by 1 order by 1`;

const LAG = `
    select extract(epoch from now() - last_sync_at)::float8 / 3600 as "since the device synced",
      extract(epoch from now() - last_sample_at)::float8 / 3600 as "since the newest sample",
      extract(epoch from now() - last_fetched_at)::float8 / 3600 as "since we fetched",
      participant, site, last_outcome, last_detail
    from reporting.participant_status
    where study = '$study' and state = 'active'
    order by last_fetched_at nulls first, participant
    limit 50`;

const PAGES = `
    select $__timeGroupAlias(fetched_at, '6h'), count(*)::int as "pages",
      count(*) filter (where status >= 400)::int as "refused",
      avg(duration_ms)::float8 as "milliseconds a page"
    from reporting.fetch
    where study = '$study' and $__timeFilter(fetched_at)
    group by 1 order by 1`;

const QUARANTINED = `
    select $__timeGroupAlias(first_seen_at, '1d'), reason as metric, count(*)::int as "new"
    from reporting.quarantine
    where study = '$study' and $__timeFilter(first_seen_at)
    group by 1, 2 order by 1`;

const MAINTENANCE = `
    select task, failed, last_good_at, last_failed_at, last_failure
    from reporting.maintenance order by failed desc, task limit 50`;

const STORAGE = `
    select time, case when compressed then 'compressed' else 'plain' end as metric, bytes::float8 as "bytes"
    from reporting.storage
    where $__timeFilter(time)
    order by time`;

const GRANTS = `
    select participant, site, status, status_since, grant_expires_at
    from reporting.connection
    where study = '$study' and state = 'active'
      and (status <> 'active' or grant_expires_at < now() + interval '7 days')
    order by grant_expires_at nulls last, participant
    limit 200`;

const PANELS = [
  tiles({
    id: 1,
    title: "Now",
    description: "All of these should be small.",
    span: 24,
    height: 4,
    queries: [sql("A", "table", NOW)],
  }),
  lines(
    {
      id: 2,
      title: "Runs by result",
      description: "A partial run left something out; its detail says what.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", RUNS)],
    },
    DAY_MS,
  ).stacking(new StackingConfigBuilder().mode(StackingMode.Normal)),
  lines(
    {
      id: 3,
      title: "From plan to end",
      description: "Minutes from when a run was planned to its end, with every wait and try.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", WAITS)],
    },
    DAY_MS,
  ).unit("m"),
  lines(
    {
      id: 4,
      title: "Pages",
      description: "What sources gave us, and how long each page took.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", PAGES)],
    },
    DAY_MS,
  ),
  lines(
    {
      id: 5,
      title: "New in quarantine, by reason",
      description: "What did not fit; npm run wearflow -- quarantine list shows it.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", QUARANTINED)],
    },
    2 * DAY_MS,
  ),
  table({
    id: 6,
    title: "Longest not fetched",
    description: "Three clocks, in hours: the device's sync, the newest sample, our fetch.",
    span: 24,
    height: 8,
    queries: [sql("A", "table", LAG)],
  }),
  table({
    id: 7,
    title: "Maintenance",
    description: "The aggregate, compression, retention, schedules.",
    span: 12,
    height: 8,
    queries: [sql("A", "table", MAINTENANCE)],
  }).overrideByName("last_good_at", [named("Last good"), unit("dateTimeFromNow")]),
  table({
    id: 8,
    title: "Grants that do not work or end within a week",
    description: "Whom to ask for consent again.",
    span: 12,
    height: 8,
    queries: [sql("A", "table", GRANTS)],
  }).overrideByName("grant_expires_at", [named("Expires"), unit("dateTimeFromNow")]),
  lines(
    {
      id: 9,
      title: "Storage of samples, by their day",
      description: "Days behind the late-sync horizon are compressed.",
      span: 24,
      height: 7,
      queries: [sql("A", "time_series", STORAGE)],
    },
    2 * DAY_MS,
  ).unit("bytes"),
];

/** Whether data comes, how late, and what stands in its way. */
export function pipeline(options: DashboardOptions) {
  return withPanels(
    frame(
      { title: "Pipeline", uid: "wearflow-pipeline", from: "now-7d", shows: "instants" },
      options,
    )
      .withVariable(studyVariable())
      .withVariable(appVariable(options.app)),
    PANELS,
  );
}
