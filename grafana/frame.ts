import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  ConstantVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE, sql } from "./sql-query.ts";

/** Where the pages are; `npm run grafana -- --app URL` writes another address. */
export const USUAL_APP = "http://localhost:8001";

export type DashboardOptions = Readonly<{ app: string }>;

/** What a participant without a site or an arm is under; SQL's null is no choice of a list. */
export const NONE = "–";

/** Rows of whom the variables choose: by study, site, arm and participant. Ids hold no % and no _. */
export const CHOSEN = `study = '$study' and coalesce(site, '${NONE}') in ($site)
      and coalesce(arm, '${NONE}') in ($arm) and participant like $participant`;

/** A local day as the instant by which a dashboard in UTC shows its date, whatever zone the session is in. */
export const DAY_AS_TIME = "day::timestamp at time zone 'UTC'";

/** Local days whose date, so shown, lies in what a dashboard in UTC shows. */
export const DAYS_SHOWN = `day between ($__timeFrom()::timestamptz at time zone 'UTC')::date
      and ($__timeTo()::timestamptz at time zone 'UTC')::date`;

type Of = Readonly<{
  title: string;
  uid: string;
  from: string;
  /** instants: in the zone of who looks. localDays: in UTC, or whoever sits west of it sees each a date early. */
  shows: "instants" | "localDays";
}>;

/** The frame of every dashboard: read-only, by the minute, with links to the others and to the pages. */
export function frame(
  { title, uid, from, shows }: Of,
  { app }: DashboardOptions,
): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .tags(["wearflow"])
    .readonly()
    .refresh("5m")
    .time({ from, to: "now" })
    .timezone(shows === "localDays" ? "utc" : "browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder("Dashboards")
        .type(DashboardLinkType.Dashboards)
        .tags(["wearflow"])
        .keepTime(true)
        .includeVars(true),
    )
    .link(
      new DashboardLinkBuilder("Pages").type(DashboardLinkType.Link).url(app).targetBlank(true),
    );
}

const list = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ ...sql(name, "table", query).build() })
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc);

export const studyVariable = () =>
  list(
    "study",
    "Study",
    `select distinct study as __value, study as __text from reporting.participant_status order by 1`,
  );

const groupVariable = (name: "site" | "arm", label: string) =>
  list(
    name,
    label,
    `select distinct coalesce(${name}, '${NONE}') as __value, coalesce(${name}, '${NONE}') as __text
     from reporting.participant_status where study = '$study' order by 1`,
  )
    .multi(true)
    .includeAll(true);

export const siteVariable = () => groupVariable("site", "Site");
export const armVariable = () => groupVariable("arm", "Arm");

/** One participant, or with `everybody` all of them: % is every id to \`like\`. */
export function participantVariable(everybody: boolean): QueryVariableBuilder {
  const participants = list(
    "participant",
    "Participant",
    `select participant as __value, participant as __text from reporting.participant_status
     where study = '$study' order by 1`,
  );
  return everybody ? participants.includeAll(true).allValue("'%'") : participants;
}

/** Where the pages are, for links in cells. */
export const appVariable = (app: string) => new ConstantVariableBuilder("app").value(app);

/** A dashboard with its panels, in their order. */
export function withPanels(
  dashboard: DashboardBuilder,
  panels: readonly Builder<Panel>[],
): DashboardBuilder {
  for (const panel of panels) dashboard.withPanel(panel);
  return dashboard;
}
