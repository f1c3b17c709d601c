import type { DayColumns, Metric, ReadingSpan, SeriesRule } from "../source.ts";
import { daysAfter, readCivilDate } from "./civil-date.ts";
import type { Endpoint, PageReader } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import { isObject, toNumber } from "./json.ts";
import { between, listRequest } from "./list.ts";
import type { Refusal } from "./readings.ts";
import { refuseShape, refuseValue, takeEach, toStored } from "./readings.ts";

/** Where points of one day keep their date and, by metric, their values. */
export type DayShape = Readonly<{
  key: string;
  dateOf: (point: JsonObject, content: JsonObject) => unknown;
  /** undefined: the point says nothing of this metric, which only a metric beside the first may. */
  valueOf: Partial<Record<Metric, (content: JsonObject) => unknown>>;
}>;

const BAD_DATE: Refusal = { reason: "bad_time", detail: "date is missing or not in the calendar" };
const OUTSIDE: Refusal = { reason: "outside_window", detail: "date is outside the asked days" };
const CONFLICT: Refusal = {
  reason: "duplicate_conflict",
  detail: "day came before in this window with another value; the first is kept",
};

/** The days of a span, from the first to the one after the last. Throws RangeError where none was asked for. */
export function daysOf({ days }: ReadingSpan): Readonly<{ first: string; next: string }> {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError("No day was asked for");
  return { first, next: daysAfter(last, 1) };
}

/** Reads values of days, several series of them from one point. */
export function openDays(shape: DayShape): Endpoint["open"] {
  return (rules, span): PageReader => {
    const asked = new Set(span.days);
    const seen = new Map<string, number>();
    return (points) => {
      const days: DayColumns = { series: [], days: [], values: [] };
      const rejected = takeEach(points, (point) => {
        const found = openPoint(point, shape, asked);
        if ("reason" in found) return found;
        const take = (rule: SeriesRule, index: number) =>
          takeValue(found, { rule, index, shape }, seen, days) ?? [];
        return rules.flatMap(take);
      });
      return { content: { holds: "days", days }, rejected };
    };
  };
}

type OfOneDay = Readonly<{ day: string; content: JsonObject }>;

/** An empty set of days asks for whatever day there is. */
function openPoint(
  point: unknown,
  { key, dateOf }: DayShape,
  asked: ReadonlySet<string>,
): OfOneDay | Refusal {
  const refused = refuseShape(point, key);
  if (refused) return refused;
  const content = isObject(point) && isObject(point[key]) ? point[key] : {};
  const day = readCivilDate(dateOf(isObject(point) ? point : {}, content));
  if (day === null) return BAD_DATE;
  return asked.size === 0 || asked.has(day) ? { day, content } : OUTSIDE;
}

function takeValue(
  { day, content }: OfOneDay,
  { rule, index, shape }: Readonly<{ rule: SeriesRule; index: number; shape: DayShape }>,
  seen: Map<string, number>,
  columns: DayColumns,
): Refusal | null {
  const told = shape.valueOf[rule.metric]?.(content);
  if (told === undefined && index > 0) return null;
  const value = toNumber(told);
  const refusal = refuseValue(value, rule);
  if (refusal) return { ...refusal, detail: `${rule.metric}: ${refusal.detail}` };
  const stored = toStored(value, rule.scale);
  const key = `${index} ${day}`;
  const known = seen.get(key);
  if (known !== undefined) return known === stored ? null : CONFLICT;
  seen.set(key, stored);
  columns.series.push(index);
  columns.days.push(day);
  columns.values.push(stored);
  return null;
}

/** A data type that has one point a day, of the day's date in the participant's own zone. */
function daily(dataType: string, key: string, values: Partial<Record<Metric, string>>): Endpoint {
  const member = `${dataType.replaceAll("-", "_")}.date`;
  const fields = Object.fromEntries(
    Object.entries(values).map(([metric, field]) => [
      metric,
      (content: JsonObject) => content[field],
    ]),
  );
  return {
    permission: "heart",
    listKey: "dataPoints",
    maxWindowDays: 90,
    request(span, family) {
      const { first, next } = daysOf(span);
      const filter = between(member, first, next);
      return listRequest({ dataType, by: "reconcile", filter }, span, family);
    },
    open: openDays({ key, dateOf: (_, content) => content["date"], valueOf: fields }),
  };
}

export const restingHeartRate = daily("daily-resting-heart-rate", "dailyRestingHeartRate", {
  daily_resting_heart_rate: "beatsPerMinute",
});

export const dailyVariability = daily("daily-heart-rate-variability", "dailyHeartRateVariability", {
  daily_heart_rate_variability: "averageHeartRateVariabilityMilliseconds",
  daily_deep_sleep_heart_rate_variability:
    "deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds",
});

export const dailyOxygenSaturation = daily("daily-oxygen-saturation", "dailyOxygenSaturation", {
  daily_oxygen_saturation: "averagePercentage",
  daily_lowest_oxygen_saturation: "lowerBoundPercentage",
});

export const respiratoryRate = daily("daily-respiratory-rate", "dailyRespiratoryRate", {
  daily_respiratory_rate: "breathsPerMinute",
});

/** Of the skin, in degrees Celsius. */
export const sleepTemperature = daily(
  "daily-sleep-temperature-derivations",
  "dailySleepTemperatureDerivations",
  {
    daily_sleep_temperature: "nightlyTemperatureCelsius",
    daily_sleep_temperature_baseline: "baselineTemperatureCelsius",
  },
);
