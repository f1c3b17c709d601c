import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { DashboardOptions } from "./frame.ts";
import { appVariable, frame, participantVariable, studyVariable, withPanels } from "./frame.ts";
import { coloured, lines, named, stateLine, table, unit } from "./panels.ts";
import { DATASOURCE, sql } from "./sql-query.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const THEM = `study = '$study' and participant = '$participant'`;

/** Single minutes of the last day that the dashboard shows, and no more, whatever it shows. */
const LAST_DAY = `time >= greatest($__timeFrom()::timestamptz, $__timeTo()::timestamptz - interval '1 day')
      and time < $__timeTo()::timestamptz`;
const overlapping = "starts_at < $__timeTo()::timestamptz and ends_at > $__timeFrom()::timestamptz";

const HOURS = `
    select time, value as "mean", min as "least", max as "greatest"
    from reporting.sample_hour
    where ${THEM} and metric = 'heart_rate' and $__timeFilter(time)
    order by time`;

const MEASURED = `
    select time, value as "measured"
    from reporting.sample_raw
    where ${THEM} and metric = 'heart_rate' and ${LAST_DAY}
    order by time`;

const IMPUTED = `
    select time, imputed as "imputed", lower as "lower", upper as "upper"
    from reporting.imputed_minute
    where ${THEM} and metric = 'heart_rate' and retired_at is null and ${LAST_DAY}
    order by time`;

const STEPS = `
    select time_bucket(interval '15 minutes', time) as time, sum(value) as "steps"
    from reporting.sample_raw
    where ${THEM} and metric = 'steps' and ${LAST_DAY}
    group by 1 order by 1`;

/** Spans as a line of states: each begins with its word and ends with null, where no other begins. */
const spans = (view: string, word: string, where: string) => `
    with span as (
      select starts_at, ends_at, ${word} as word from reporting.${view} where ${where} and ${overlapping}
    )
    select starts_at as time, word as "${word}" from span
    union all
    select ends_at, null from span s where not exists (select from span n where n.starts_at = s.ends_at)
    order by time`;

const GAPS = spans("gap", "cause", `${THEM} and metric = 'heart_rate' and recovered_at is null`);
const STAGES = spans("sleep_stage", "stage", THEM);

const STATES = `
    select starts_at as time, state as "day"
    from reporting.participant_day
    where ${THEM} and ${overlapping}
    order by time`;

const WEAR = `
    select starts_at as time, wear_minutes::float8 / 60 as "worn", expected_minutes::float8 / 60 as "day"
    from reporting.participant_day
    where ${THEM} and ${overlapping}
    order by time`;

const SLEEP = `
    select starts_at as time, minutes_asleep::float8 / 60 as "asleep", minutes_in_bed::float8 / 60 as "in bed"
    from reporting.sleep_night
    where ${THEM} and ${overlapping}
    order by time`;

const DEVICES = `
    select model, kind, battery_percent, battery_seen_at, last_sync_at, first_seen_at, last_seen_at
    from reporting.device
    where ${THEM}
    order by last_sync_at desc nulls last
    limit 20`;

const MESSAGES = `
    select sent_at as time, template || ': ' || status as text, template as tags
    from reporting.message
    where ${THEM} and $__timeFilter(sent_at)
    order by time
    limit 500`;

function minutes() {
  return lines(
    {
      id: 1,
      title: "Heart rate by the minute, last day",
      description:
        "Measured solid; imputed dashed, in the interval that should hold 95 % of single minutes.",
      span: 24,
      height: 9,
      queries: [sql("A", "time_series", MEASURED), sql("B", "time_series", IMPUTED)],
    },
    5 * MINUTE_MS,
  )
    .unit("suffix: bpm")
    .overrideByName("measured", [fixed("blue")])
    .overrideByName("imputed", [
      fixed("orange"),
      { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
    ])
    .overrideByName("upper", [
      fixed("orange"),
      { id: "custom.lineWidth", value: 0 },
      { id: "custom.fillBelowTo", value: "lower" },
      { id: "custom.fillOpacity", value: 15 },
    ])
    .overrideByName("lower", [fixed("orange"), { id: "custom.lineWidth", value: 0 }]);
}

const fixed = (fixedColor: string) => ({ id: "color", value: { mode: "fixed", fixedColor } });

const byDay = (id: number, title: string, description: string, query: string) =>
  lines(
    { id, title, description, span: 12, height: 7, queries: [sql("A", "time_series", query)] },
    48 * HOUR_MS,
  )
    .unit("h")
    .min(0);

function devices() {
  return table({
    id: 9,
    title: "Devices",
    description: "What is or was paired.",
    span: 12,
    height: 7,
    queries: [sql("A", "table", DEVICES)],
  })
    .overrideByName("battery_percent", [named("Battery"), unit("percent")])
    .overrideByName("last_sync_at", [named("Last sync"), unit("dateTimeFromNow")]);
}

const PANELS = [
  minutes(),
  stateLine({
    id: 2,
    title: "Gaps by cause",
    description: "Every missing stretch of heart rate has one cause.",
    span: 24,
    height: 4,
    queries: [sql("A", "table", GAPS)],
  }).overrideByName("cause", [
    coloured({
      not_worn: "semi-dark-orange",
      charging: "semi-dark-yellow",
      battery_empty: "dark-yellow",
      not_yet_synced: "semi-dark-blue",
      device_memory_exceeded: "dark-red",
      not_authorised: "semi-dark-purple",
      source_outage: "light-red",
      pipeline_fault: "red",
      sensor_dropout: "green",
      short_unknown: "text",
      outside_participation: "super-light-blue",
    }),
  ]),
  stateLine({
    id: 3,
    title: "Sleep stages",
    description: "As the source tells them.",
    span: 24,
    height: 4,
    queries: [sql("A", "table", STAGES)],
  }).overrideByName("stage", [
    coloured({
      awake: "orange",
      restless: "light-orange",
      asleep: "blue",
      light: "light-blue",
      deep: "dark-blue",
      rem: "purple",
    }),
  ]),
  lines(
    {
      id: 4,
      title: "Heart rate by hour",
      description: "Measured only: mean, least and greatest minute of each hour.",
      span: 24,
      height: 7,
      queries: [sql("A", "time_series", HOURS)],
    },
    2 * HOUR_MS,
  ).unit("suffix: bpm"),
  stateLine({
    id: 5,
    title: "Days",
    description: "What each local day is.",
    span: 24,
    height: 4,
    queries: [sql("A", "table", STATES)],
  }).overrideByName("day", [
    coloured({
      valid: "green",
      partial: "yellow",
      not_worn: "orange",
      lost: "dark-red",
      unsynced: "blue",
      pending: "light-blue",
      not_authorised: "purple",
      pipeline_fault: "red",
      paused: "text",
    }),
  ]),
  byDay(6, "Hours worn", "Of each local day, beside its length.", WEAR),
  byDay(7, "Sleep", "The night that ends on the day.", SLEEP),
  lines(
    {
      id: 8,
      title: "Steps, last day",
      description: "By quarter of an hour, all sources.",
      span: 12,
      height: 7,
      queries: [sql("A", "time_series", STEPS)],
    },
    30 * MINUTE_MS,
  ),
  devices(),
];

/** One participant, from the hour to the month; single minutes for one day only. */
export function participant(options: DashboardOptions) {
  return withPanels(
    frame(
      { title: "Participant", uid: "wearflow-participant", from: "now-7d", shows: "instants" },
      options,
    )
      .withVariable(studyVariable())
      .withVariable(participantVariable(false))
      .withVariable(appVariable(options.app))
      .annotation(
        new AnnotationQueryBuilder()
          .name("Messages")
          .datasource(DATASOURCE)
          .enable(true)
          .iconColor("blue")
          .target(sql("messages", "table", MESSAGES)),
      ),
    PANELS,
  );
}
