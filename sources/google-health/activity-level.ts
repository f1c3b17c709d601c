import type { ReadingSpan, SampleColumns, SeriesRule } from "../source.ts";
import type { Endpoint, PageReader } from "./endpoint.ts";
import { onlyRule } from "./endpoint.ts";
import { isObject } from "./json.ts";
import { betweenInstants, listRequest } from "./list.ts";
import type { Refusal } from "./readings.ts";
import { keep, refuseShape, refuseValue, takeEach, toStored } from "./readings.ts";
import { parseTimestamp } from "./timestamp.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A filter knows only when a stretch began; one of movement that began longer before the window is not looked for. */
const LONGEST_MOVEMENT_MS = 12 * HOUR_MS;
const LONGEST_STRETCH_MS = 48 * HOUR_MS;

/** Being sedentary is 0 and, like every zero of a sparse metric, neither stored nor a gap. */
const LEVELS = new Map<unknown, number>([
  ["SEDENTARY", 0],
  ["LIGHTLY_ACTIVE", 1],
  ["MODERATELY_ACTIVE", 2],
  ["VERY_ACTIVE", 3],
]);

const BAD_TIME: Refusal = { reason: "bad_time", detail: "stretch has no times in RFC 3339" };
const BAD_STRETCH: Refusal = {
  reason: "unaligned_window",
  detail: "stretch is not of full minutes, at most two days of them",
};
const NO_LEVEL: Refusal = { reason: "unknown_type", detail: "activity level is of no known kind" };

/** The level of each minute that was not sedentary: 1 lightly, 2 moderately, 3 very active. */
export const activityLevelByMinute: Endpoint = {
  permission: "activity",
  listKey: "dataPoints",
  maxWindowDays: 30,
  request(span, family) {
    const since = { from: new Date(span.from.getTime() - LONGEST_MOVEMENT_MS), to: span.to };
    const filter = betweenInstants("activity_level.interval.start_time", since);
    const request = listRequest(
      { dataType: "activity-level", by: "reconcile", filter },
      since,
      family,
    );
    return { ...request, window: span };
  },
  open: (rules, span) => openLevels(onlyRule(rules), span),
};

function openLevels(rule: SeriesRule, span: ReadingSpan): PageReader {
  const seen = new Map<number, number>();
  return (points) => {
    const samples: SampleColumns = { times: [], values: [] };
    const rejected = takeEach(points, (point) => takeStretch(point, rule, span, seen, samples));
    return { content: { holds: "samples", samples }, rejected };
  };
}

type Stretch = Readonly<{ start: number; end: number; level: number }>;

/**
 * Takes the minutes of a stretch that lie in the window: those before it are its neighbour's. One that is told otherwise
 * by an earlier stretch stays that one's, and the stretch is refused with it; its other minutes are taken.
 */
function takeStretch(
  point: unknown,
  rule: SeriesRule,
  { from, to }: ReadingSpan,
  seen: Map<number, number>,
  samples: SampleColumns,
): Refusal | null {
  const stretch = readStretch(point);
  if ("reason" in stretch) return stretch;
  const { start, end, level } = stretch;
  if (level === 0) return null;
  const outside = refuseValue(level, rule);
  if (outside) return outside;
  const [first, last] = [Math.max(start, from.getTime()), Math.min(end, to.getTime())];
  let refused: Refusal | null = null;
  for (let at = first; at < last; at += MINUTE_MS) {
    refused = keep(at, toStored(level, rule.scale), seen, samples) ?? refused;
  }
  return refused;
}

function readStretch(point: unknown): Stretch | Refusal {
  const refused = refuseShape(point, "activityLevel");
  if (refused) return refused;
  const content = isObject(point) && isObject(point["activityLevel"]) ? point["activityLevel"] : {};
  const interval = isObject(content["interval"]) ? content["interval"] : {};
  const [start, end] = [parseTimestamp(interval["startTime"]), parseTimestamp(interval["endTime"])];
  if (Number.isNaN(start) || Number.isNaN(end)) return BAD_TIME;
  if (!isOfFullMinutes(start, end)) return BAD_STRETCH;
  const level = LEVELS.get(content["activityLevelType"]);
  return level === undefined ? NO_LEVEL : { start, end, level };
}

function isOfFullMinutes(start: number, end: number): boolean {
  const aligned = start % MINUTE_MS === 0 && end % MINUTE_MS === 0;
  return aligned && end > start && end - start <= LONGEST_STRETCH_MS;
}
