import { createRandom } from "../random.ts";
import { formatInstant, MINUTE, SECOND } from "../time.ts";
import type { Fault } from "./fault.ts";
import { data, rolledUp } from "./fault.ts";
import type { FaultKind } from "./kinds.ts";
import type { Point } from "./reply-body.ts";
import { changeNewest, mapPoints, withHeartRate, withTime, withValue } from "./reply-body.ts";

/** Readings that cannot be, in a page that is otherwise sound. */
export const bends = {
  implausible: {
    meets: data,
    bend: (body) => changeNewest(body, (point) => withHeartRate(point, 999)),
  },
  nan: {
    meets: data,
    bend: (body) => changeNewest(body, (point) => withHeartRate(point, Number.NaN)),
  },
  strangeValue: {
    meets: data,
    bend: (body, _, { value = "Infinity" }) =>
      changeNewest(body, (point) => withValue(point, value)),
  },
  strangeTime: {
    meets: data,
    bend: (body, _, { time = "2036-01-01T00:00:00Z" }) =>
      changeNewest(body, (point) => withTime(point, time)),
  },
  unknownType: {
    meets: data,
    bend: (body) => mapPoints(body, (points) => [{ auraBrightness: { lumens: "7" } }, ...points]),
  },
  unalignedWindows: {
    meets: rolledUp,
    bend: (body) => mapPoints(body, (points) => points.map(halfMinuteLater)),
  },
  duplicates: {
    meets: data,
    bend: (body) => mapPoints(body, (points) => points.flatMap((point) => [point, point])),
  },
  shuffled: {
    meets: data,
    bend: (body) => mapPoints(body, inAnyOrder),
  },
} as const satisfies Partial<Record<FaultKind, Fault>>;

function halfMinuteLater({ startTime = "", endTime = "", ...point }: Point): Point {
  const later = (text: string): string => formatInstant(Date.parse(text) + MINUTE / 2);
  return { ...point, startTime: later(startTime), endTime: later(endTime) };
}

/** An order that looks random and is always the same for the same page. */
function inAnyOrder(points: Point[]): Point[] {
  const random = createRandom(points.length * SECOND);
  return points
    .map((point) => ({ point, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ point }) => point);
}
