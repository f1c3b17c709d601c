import type { ChartDay, DayContent } from "../sql/day-chart.ts";
import { CHART, drawDay, hourTicks, runsOf } from "./day-chart-geometry.ts";
import { dayInWords, localClock } from "./format.ts";

const CAUSES: Readonly<Record<string, string>> = {
  not_yet_synced: "not synced yet",
  not_worn: "not worn",
  charging: "charging",
  battery_empty: "battery empty",
  device_memory_exceeded: "forgotten by the device before it synced",
  not_authorised: "no permission to read it",
  source_outage: "the source was not available",
  pipeline_fault: "our own fault",
  sensor_dropout: "the sensor lost the pulse",
  short_unknown: "short, cause unknown",
  outside_participation: "outside participation",
};

const METHODS: Readonly<Record<string, string>> = {
  linear: "straight line",
  smoother: "smoother",
  arima_two_sided: "ARIMA from both sides",
  arima_forward: "ARIMA forward",
};

/** A row of the table behind the chart: a stretch of the day in words. */
type Row = Readonly<{ from: string; to: string; what: string; beats: string }>;

/** Everything a day's page shows. */
export function dayChartView(
  asked: Readonly<{ participant: string; day: string }>,
  chartDay: ChartDay,
  content: DayContent,
) {
  const { participant, day } = asked;
  const minutes = Math.round((chartDay.endsAt.getTime() - chartDay.startsAt.getTime()) / 60_000);
  const link = (to: string | null) =>
    to === null ? "" : `/participants/${participant}/days/${to}`;
  return {
    participant,
    day,
    dayWords: dayInWords(day, "long"),
    timeZone: chartDay.timeZone,
    chart: CHART,
    shapes: drawDay(content, minutes),
    hours: hourTicks(minutes),
    rows: tableOf(chartDay, content),
    summary: summaryOf(content),
    before: link(chartDay.before),
    after: link(chartDay.after),
  };
}

function summaryOf({ measured, imputed, gaps, steps }: DayContent): string {
  const total = steps.reduce((sum, { count }) => sum + count, 0);
  const atLeast = gaps.some(({ expectedSteps }) => expectedSteps !== null) ? "at least " : "";
  return `${measured.length} minutes measured, ${imputed.length} imputed, ${gaps.length} gaps, ${atLeast}${total} steps.`;
}

/** Measured hours, gaps and what filled them, in the order of the day. */
function tableOf({ startsAt, timeZone }: ChartDay, content: DayContent): Row[] {
  const clock = (minute: number) =>
    localClock(new Date(startsAt.getTime() + minute * 60_000), timeZone);
  const stretch = (from: number, to: number) => ({ from: clock(from), to: clock(to) });
  const hours = Map.groupBy(content.measured, ({ minute }) => Math.floor(minute / 60));
  const rows = [
    ...[...hours].map(([hour, points]) => ({
      minute: hour * 60,
      ...stretch(hour * 60, hour * 60 + 60),
      what: `measured, ${points.length} minutes`,
      beats: range(points.map(({ value }) => value)),
    })),
    ...content.gaps.map(({ from, to, cause, refusal, expectedSteps }) => ({
      minute: from,
      ...stretch(from, to),
      what: `gap: ${CAUSES[cause] ?? cause}${refusal === null ? "" : `; left empty: ${refusal}`}${stepsInWords(expectedSteps)}`,
      beats: "–",
    })),
    ...runsOf(content.imputed).map((run) => ({
      minute: run[0]?.minute ?? 0,
      ...stretch(run[0]?.minute ?? 0, (run.at(-1)?.minute ?? 0) + 1),
      what: `imputed by ${METHODS[run[0]?.method ?? ""] ?? "an unknown method"}${run[0]?.provisional ? ", provisional" : ""}`,
      beats: `${range(run.map(({ value }) => value))}; 95 % of minutes within ${range(run.flatMap(({ lower, upper }) => [lower, upper]))}`,
    })),
  ];
  return rows.sort((a, b) => a.minute - b.minute).map(({ minute: _, ...row }) => row);
}

function stepsInWords(expected: DayContent["gaps"][number]["expectedSteps"]): string {
  if (expected === null) return "";
  const { total, lower, upper, days } = expected;
  return `; no step counted, ${total} are usual then (${lower}–${upper} on ${days} other days)`;
}

function range(values: readonly number[]): string {
  const lowest = Math.round(values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
  const highest = Math.round(values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  return lowest === highest ? `${lowest}` : `${lowest}–${highest}`;
}
