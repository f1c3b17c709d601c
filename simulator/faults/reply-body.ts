import { z } from "zod";
import { formatInstant, MINUTE, parseInstant } from "../time.ts";

const Content = z.record(z.string(), z.unknown());
const Point = z.looseObject({
  startTime: z.string().optional(),
  endTime: z.string().optional(),
});

/** A page of data points, read loosely enough to be bent. */
export const ReplyBody = z.looseObject({
  dataPoints: z.array(Point).optional(),
  rollupDataPoints: z.array(Point).optional(),
  nextPageToken: z.string().optional(),
});

export type ReplyBody = z.infer<typeof ReplyBody>;
export type Point = z.infer<typeof Point>;

/** Changes the list of points, whichever of the two a page has. */
export function mapPoints(body: ReplyBody, change: (points: Point[]) => Point[]): ReplyBody {
  const { dataPoints, rollupDataPoints } = body;
  return {
    ...body,
    ...(dataPoints !== undefined && { dataPoints: change(dataPoints) }),
    ...(rollupDataPoints !== undefined && { rollupDataPoints: change(rollupDataPoints) }),
  };
}

/** Changes the newest point, where the page has one. */
export function changeNewest(body: ReplyBody, change: (point: Point) => Point): ReplyBody {
  return mapPoints(body, ([newest, ...older]) =>
    newest === undefined ? [] : [change(newest), ...older],
  );
}

/** A point with another heart rate, in a list or rolled up; one of another type gets one too. */
export function withHeartRate(point: Point, bpm: number): Point {
  const heartRate = Content.catch({}).parse(point["heartRate"]);
  // proto3 writes a double that is no number as a text.
  const double = Number.isNaN(bpm) ? "NaN" : bpm;
  const changed =
    "beatsPerMinute" in heartRate
      ? { beatsPerMinute: String(bpm) }
      : { beatsPerMinuteAvg: double, beatsPerMinuteMax: double };
  return { ...point, heartRate: { ...heartRate, ...changed } };
}

/** A point whose every number is this one, whatever its type is. */
export function withValue(point: Point, value: string): Point {
  return mapContent(point, (content) =>
    Object.fromEntries(
      Object.entries(content).map(([key, old]) => [key, isNumeric(old) ? like(old, value) : old]),
    ),
  );
}

/** A point of another time, in a list or rolled up. */
export function withTime(point: Point, time: string): Point {
  const instant = parseInstant(time);
  const ends = instant === null ? time : formatInstant(instant + MINUTE);
  const moved = mapContent(point, ({ sampleTime, interval, ...content }) => ({
    ...content,
    ...(sampleTime !== undefined && { sampleTime: { physicalTime: time } }),
    ...(interval !== undefined && { interval: { startTime: time, endTime: ends } }),
  }));
  return point.startTime === undefined ? moved : { ...moved, startTime: time, endTime: ends };
}

/** A reply's text with every instant in it moved. */
export function shiftInstants(text: string, milliseconds: number): string {
  return text.replaceAll(/"(\d{4}-\d{2}-\d{2}T[\d:.]+Z)"/g, (whole, instant: string) => {
    const at = parseInstant(instant);
    return at === null ? whole : `"${formatInstant(at + milliseconds)}"`;
  });
}

function mapContent(
  point: Point,
  change: (content: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Point {
  const changed = Object.entries(point).map(([key, part]) => {
    const content = Content.safeParse(part);
    return [key, content.success && key !== "dataSource" ? change(content.data) : part];
  });
  return Point.parse(Object.fromEntries(changed));
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value));
}

/** As proto3 prints it: whole numbers of 64 bits and what is no number are texts. */
function like(old: unknown, value: string): unknown {
  return typeof old === "number" && Number.isFinite(Number(value)) ? Number(value) : value;
}
