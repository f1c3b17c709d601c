import type { DashboardOptions } from "./frame.ts";
import {
  appVariable,
  armVariable,
  CHOSEN,
  DAY_AS_TIME,
  DAYS_SHOWN,
  frame,
  NONE,
  participantVariable,
  siteVariable,
  studyVariable,
  withPanels,
} from "./frame.ts";
import { lines, link, named, table, tiles, unit } from "./panels.ts";
import { put, sql } from "./sql-query.ts";

const DAY_MS = 86_400_000;
const ONE = "$participant <> '%'";
const EVERYBODY = "$participant = '%'";

const NOW = `
    select count(*) filter (where active) as "Active",
      count(*) filter (where inactive) as "Inactive",
      count(*) filter (where low_wear) as "Low wear",
      count(*) filter (where low_sleep) as "Low sleep",
      count(*) filter (where consent_needed) as "Consent needed",
      count(*) filter (where data_at_risk) as "Data at risk"
    from reporting.participant_flag
    where ${CHOSEN}`;

/** Of a group from the days of all, of one participant from their own: neither reads the other's. */
const byGroup = (name: string, ofAll: string, ofOne: string) => `
    select ${DAY_AS_TIME} as time, coalesce(site, '${NONE}') || ' · ' || coalesce(arm, '${NONE}') as metric,
      ${ofAll} as "${name}"
    from reporting.study_day
    where ${EVERYBODY} and study = '$study' and coalesce(site, '${NONE}') in ($site) and coalesce(arm, '${NONE}') in ($arm)
      and ${DAYS_SHOWN}
    union all
    select ${DAY_AS_TIME}, participant, ${ofOne}
    from reporting.participant_day
    where ${ONE} and study = '$study' and participant = $participant and state in ('valid', 'partial', 'not_worn')
      and ${DAYS_SHOWN}
    order by time`;

const VALID = byGroup(
  "valid",
  "100.0::float8 * valid / nullif(valid + partial + not_worn, 0)",
  "case when state = 'valid' then 100.0::float8 else 0 end",
);
const WEAR = byGroup("wear", "mean_wear_minutes / 60", "wear_minutes::float8 / 60");

const STATES = `
    select ${DAY_AS_TIME} as time, sum(valid)::int as "valid", sum(partial)::int as "partial",
      sum(not_worn)::int as "not worn", sum(lost)::int as "lost", sum(unsynced)::int as "unsynced",
      sum(pending)::int as "pending", sum(not_authorised)::int as "not authorised",
      sum(pipeline_fault)::int as "pipeline fault", sum(paused)::int as "paused"
    from reporting.study_day
    where study = '$study' and coalesce(site, '${NONE}') in ($site) and coalesce(arm, '${NONE}') in ($arm)
      and ${DAYS_SHOWN}
    group by day order by time`;

const PEOPLE = `
    select participant, site, arm, state,
      concat_ws(', ', case when data_at_risk then 'data at risk' end, case when inactive then 'inactive' end,
        case when consent_needed then 'consent needed' end, case when low_wear then 'low wear' end,
        case when low_sleep then 'low sleep' end) as needs,
      newest_at, battery_percent, low_wear_days, judged_days, low_sleep_nights, nights,
      case when data_at_risk then save_until end as save_until, 'charts' as charts, 'contact' as contact
    from reporting.participant_flag
    where ${CHOSEN}
    order by data_at_risk desc, inactive desc, consent_needed desc, low_wear desc, low_sleep desc, participant
    limit 1000`;

const WHOSE = put("__data.fields.participant");
const RANGE = `${put("__url_time_range")}&var-study=${put("study")}`;

function people() {
  return table({
    id: 4,
    title: "Participants",
    description:
      "An id narrows the whole dashboard to that participant; who needs somebody most stands first.",
    span: 24,
    height: 12,
    queries: [sql("A", "table", PEOPLE)],
  })
    .overrideByName("participant", [
      named("Participant"),
      link(
        `Only ${put("__value.text")}`,
        `/d/wearflow-adherence?${RANGE}&var-participant=${put("__value.raw:percentencode")}`,
      ),
    ])
    .overrideByName("charts", [
      named("Charts"),
      link(`Charts of ${WHOSE}`, `/d/wearflow-participant?${RANGE}&var-participant=${WHOSE}`),
    ])
    .overrideByName("contact", [
      named("Contact"),
      link(`Page of ${WHOSE}`, `${put("app")}/participants/${WHOSE}`),
    ])
    .overrideByName("newest_at", [named("Last sync"), unit("dateTimeFromNow")])
    .overrideByName("save_until", [named("Save until"), unit("dateTimeFromNow")])
    .overrideByName("battery_percent", [named("Battery"), unit("percent")]);
}

const PANELS = [
  tiles({
    id: 1,
    title: "Now",
    description: "By reporting.participant_flag, the one definition of who needs attention.",
    span: 24,
    height: 4,
    queries: [sql("A", "table", NOW)],
  }),
  lines(
    {
      id: 2,
      title: "Valid days",
      description: "Of the days that can be judged: valid, partial, not worn.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", VALID)],
    },
    2 * DAY_MS,
  )
    .unit("percent")
    .min(0)
    .max(100),
  lines(
    {
      id: 3,
      title: "Hours worn",
      description: "Mean of the days that can be judged.",
      span: 12,
      height: 8,
      queries: [sql("A", "time_series", WEAR)],
    },
    2 * DAY_MS,
  )
    .unit("h")
    .min(0),
  people(),
  lines(
    {
      id: 5,
      title: "Days by state",
      description: "How many participants' days were what, of all in the chosen sites and arms.",
      span: 24,
      height: 8,
      queries: [sql("A", "time_series", STATES)],
    },
    2 * DAY_MS,
  ),
];

/** Who takes part as they should, who does not, and since when. */
export function adherence(options: DashboardOptions) {
  return withPanels(
    frame(
      {
        title: "Adherence overview",
        uid: "wearflow-adherence",
        from: "now-30d",
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
