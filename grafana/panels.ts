import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as SeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { DATASOURCE } from "./sql-query.ts";

/** What every panel says of itself; of 24 columns, and how high. */
export type Of = Readonly<{
  id: number;
  title: string;
  description: string;
  span: number;
  height: number;
  queries: readonly Builder<Dataquery>[];
}>;

const targetsOf = ({ queries }: Of) => [...queries];

/** Numbers of now, one tile a column. */
export const tiles = (of: Of) =>
  new StatBuilder()
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(["lastNotNull"]))
    .id(of.id)
    .title(of.title)
    .description(of.description)
    .datasource(DATASOURCE)
    .span(of.span)
    .height(of.height)
    .targets(targetsOf(of));

export const table = (of: Of) =>
  new TableBuilder()
    .id(of.id)
    .title(of.title)
    .description(of.description)
    .datasource(DATASOURCE)
    .span(of.span)
    .height(of.height)
    .targets(targetsOf(of));

/** Lines that break where nothing is, after as many milliseconds. */
export const lines = (of: Of, breakAfterMs: number) =>
  new SeriesBuilder()
    .id(of.id)
    .title(of.title)
    .description(of.description)
    .datasource(DATASOURCE)
    .span(of.span)
    .height(of.height)
    .lineWidth(2)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .insertNulls(breakAfterMs)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .targets(targetsOf(of));

/** What held from when until when; a row of null ends it. */
export const stateLine = (of: Of) =>
  new TimelineBuilder()
    .id(of.id)
    .title(of.title)
    .description(of.description)
    .datasource(DATASOURCE)
    .span(of.span)
    .height(of.height)
    .mergeValues(true)
    .targets(targetsOf(of));

export const named = (name: string): DynamicConfigValue => ({ id: "displayName", value: name });
export const unit = (value: string): DynamicConfigValue => ({ id: "unit", value });

/** The one link of a cell: a second would turn it into a menu. */
export const link = (title: string, url: string): DynamicConfigValue => ({
  id: "links",
  value: [{ title, url, targetBlank: !url.startsWith("/d/") }],
});

/** Words in a colour of their own each. */
export const coloured = (colours: Readonly<Record<string, string>>): DynamicConfigValue => ({
  id: "mappings",
  value: [
    {
      type: "value",
      options: Object.fromEntries(
        Object.entries(colours).map(([word, color], index) => [
          word,
          { text: word.replaceAll("_", " "), color, index },
        ]),
      ),
    },
  ],
});
