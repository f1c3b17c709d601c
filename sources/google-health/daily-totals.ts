import { civilDate } from "./civil-date.ts";
import type { DayShape } from "./daily.ts";
import { daysOf, openDays } from "./daily.ts";
import type { Endpoint } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { familyName, pathOf } from "./roll-up.ts";

/** Both types are told for a fortnight at a time, and no more days fit a page. */
const MAX_DAYS = 14;

/** A data type that the provider rolls up by the day of the participant's own calendar. */
function rolledUpByDay(dataType: string, shape: Omit<DayShape, "dateOf">): Endpoint {
  return {
    permission: "activity",
    listKey: "rollupDataPoints",
    maxWindowDays: MAX_DAYS,
    request(span, family) {
      const { first, next } = daysOf(span);
      if (span.days.length > MAX_DAYS)
        throw new RangeError(`A window of ${dataType} spans at most ${MAX_DAYS} days`);
      return {
        what: `${dataType} by day`,
        method: "POST",
        path: `${pathOf(dataType)}:dailyRollUp`,
        body: {
          range: { start: { date: civilDate(first) }, end: { date: civilDate(next) } },
          windowSizeDays: 1,
          pageSize: MAX_DAYS,
          dataSourceFamily: familyName(family),
        },
        window: span,
      };
    },
    open: openDays({ ...shape, dateOf: dateOfWholeDay }),
  };
}

/** The date of a window that is one day from midnight to midnight; undefined for any other. */
function dateOfWholeDay(point: JsonObject): unknown {
  const start = point["civilStartTime"];
  if (!isObject(start)) return undefined;
  const time = isObject(start["time"]) ? start["time"] : {};
  const atMidnight = Object.values(time).every((part) => part === 0);
  return atMidnight ? start["date"] : undefined;
}

/** Kilocalories of the day, those of being alive included: the provider has them by roll-up alone. */
export const totalCalories = rolledUpByDay("total-calories", {
  key: "totalCalories",
  valueOf: { daily_energy: (content) => content["kcalSum"] },
});

/** Minutes of the day by how hard they were; a level that is absent had none. */
export const activeMinutes = rolledUpByDay("active-minutes", {
  key: "activeMinutes",
  valueOf: {
    daily_light_minutes: (content) => minutesAt("LIGHT", content),
    daily_moderate_minutes: (content) => minutesAt("MODERATE", content),
    daily_vigorous_minutes: (content) => minutesAt("VIGOROUS", content),
  },
});

function minutesAt(level: string, content: JsonObject): unknown {
  const levels = content["activeMinutesRollupByActivityLevel"];
  if (!Array.isArray(levels)) return Number.NaN;
  const own = levels.find((one) => isObject(one) && one["activityLevel"] === level);
  return isObject(own) ? (own["activeMinutesSum"] ?? 0) : 0;
}
