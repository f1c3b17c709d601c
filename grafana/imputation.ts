import type { DashboardOptions } from "./frame.ts";
import {
  appVariable,
  armVariable,
  CHOSEN,
  DAY_AS_TIME,
  DAYS_SHOWN,
  frame,
  participantVariable,
  siteVariable,
  studyVariable,
  withPanels,
} from "./frame.ts";
import { lines, named, table, unit } from "./panels.ts";
import { sql } from "./sql-query.ts";

const WEEK_MS = 7 * 86_400_000;
const MADE = "made_at between $__timeFrom()::timestamptz and $__timeTo()::timestamptz";

const BY_LENGTH = `
    select method, length_minutes, sum(minutes)::int as minutes,
      sum(absolute_error) / sum(minutes) as "error",
      sum(linear_error) / sum(minutes) as "error of a straight line",
      100.0::float8 * sum(covered) / sum(minutes) as "coverage"
    from reporting.back_test
    where ${CHOSEN} and ${MADE}
    group by 1, 2 order by 1, 2
    limit 200`;

const OVER_TIME = `
    select $__timeGroupAlias(made_at, '7d'), method as metric, sum(absolute_error) / sum(minutes) as "error"
    from reporting.back_test
    where ${CHOSEN} and ${MADE}
    group by 1, 2 order by 1`;

/** Refusals hold numbers of the gap and of its back-tests: by the kind of reason they are few, whatever the numbers. */
const KIND = "regexp_replace(refusal, '[0-9]+([.,][0-9]+)*', 'n', 'g')";

const OUTCOMES = `
    select cause, coalesce(method, 'not filled: ' || ${KIND}) as what, count(*)::int as gaps, sum(minutes)::int as minutes
    from reporting.imputed_gap
    where ${CHOSEN} and ${MADE}
    group by 1, 2 order by 3 desc, 1, 2
    limit 200`;

const FILLED = `
    select ${DAY_AS_TIME} as time, method as metric, sum(minutes)::float8 / 60 as "hours"
    from reporting.imputed_gap
    where ${CHOSEN} and method is not null and ${DAYS_SHOWN}
    group by 1, 2 order by 1`;

const LAST_DAY = (time: string) =>
  `${time} >= $__timeTo()::timestamptz - interval '1 day' and ${time} < $__timeTo()::timestamptz`;

/**
 * Single minutes, so of one day only: the last that the dashboard shows. Bounds on both sides, or every day is read; what
 * was measured is looked up by the hour, for a look-up costs more than the minutes it finds.
 */
const LATE_TRUTH = `
    with retired as materialized (
      select i.participant, i.time, i.method, i.gap_minutes, i.imputed, i.lower, i.upper
      from reporting.imputed_minute i
      where i.study = '$study' and i.participant like $participant and i.metric = 'heart_rate'
        and i.retired_by = 'measured' and ${LAST_DAY("i.time")}
    ), hour as (
      -- Each hour's minutes as arrays: joined as rows, the planner, who expects a handful, compares each with all.
      select participant, date_trunc('hour', time) as hour, array_agg(time) as times, array_agg(method) as methods,
        array_agg(gap_minutes) as lengths, array_agg(imputed) as imputed, array_agg(lower) as lower,
        array_agg(upper) as upper
      from retired group by 1, 2
    )
    select h.participant, r.method, r.gap_minutes, count(*)::int as minutes, avg(abs(r.imputed - m.value)) as "error",
      avg(r.imputed - m.value) as "bias",
      100.0::float8 * avg((m.value between r.lower and r.upper)::int)::float8 as "coverage"
    from hour h
    cross join lateral (
      select date_trunc('minute', s.time) as time, avg(s.value) as value from reporting.sample_raw s
      where s.participant = h.participant and s.metric = 'heart_rate'
        and s.time >= h.hour and s.time < h.hour + interval '1 hour'
        and ${LAST_DAY("s.time")}
      group by 1
    ) m
    join lateral unnest(h.times, h.methods, h.lengths, h.imputed, h.lower, h.upper)
      as r (time, method, gap_minutes, imputed, lower, upper) on r.time = m.time
    group by 1, 2, 3 order by 4 desc, 1, 2, 3
    limit 200`;

const PANELS = [
  table({
    id: 1,
    title: "Error and coverage by length and method",
    description:
      "Worn stretches were masked and filled: mean absolute error in bpm; coverage should be 95 %.",
    span: 12,
    height: 10,
    queries: [sql("A", "table", BY_LENGTH)],
  })
    .overrideByName("length_minutes", [named("Length"), unit("m")])
    .overrideByName("coverage", [unit("percent")]),
  lines(
    {
      id: 2,
      title: "Error over time",
      description: "Mean absolute error of back-tests, in bpm, by method and week.",
      span: 12,
      height: 10,
      queries: [sql("A", "time_series", OVER_TIME)],
    },
    2 * WEEK_MS,
  ).unit("suffix: bpm"),
  table({
    id: 3,
    title: "What became of gaps",
    description: "By cause: filled by which method, or why not (n stands for a number).",
    span: 12,
    height: 9,
    queries: [sql("A", "table", OUTCOMES)],
  }),
  lines(
    {
      id: 4,
      title: "Hours imputed a day",
      description: "By method and local day, in force now.",
      span: 12,
      height: 9,
      queries: [sql("A", "time_series", FILLED)],
    },
    WEEK_MS,
  ).unit("h"),
  table({
    id: 5,
    title: "Against late truth, last day",
    description:
      "Minutes that were imputed and measured afterwards. All of them: reporting.imputation_error.",
    span: 24,
    height: 8,
    queries: [sql("A", "table", LATE_TRUTH)],
  }).overrideByName("coverage", [unit("percent")]),
];

/** How far imputed values may be trusted: on stretches that were masked, and on those whose truth came later. */
export function imputation(options: DashboardOptions) {
  return withPanels(
    frame(
      {
        title: "Imputation quality",
        uid: "wearflow-imputation",
        from: "now-90d",
        shows: "localDays",
      },
      options,
    )
      .withVariable(studyVariable())
      .withVariable(siteVariable())
      .withVariable(armVariable())
      .withVariable(participantVariable(true))
      .withVariable(appVariable(options.app)),
    PANELS,
  );
}
