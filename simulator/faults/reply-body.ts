import { z } from "zod";

const Point = z.looseObject({
  heartRate: z.looseObject({}).optional(),
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

/** Puts another heart rate into the newest point. */
export function withNewestHeartRate(body: ReplyBody, bpm: number): ReplyBody {
  return mapPoints(body, ([newest, ...older]) =>
    newest === undefined ? [] : [withHeartRate(newest, bpm), ...older],
  );
}

function withHeartRate(point: Point, bpm: number): Point {
  const { heartRate = {} } = point;
  // proto3 writes a double that is no number as a text.
  const double = Number.isNaN(bpm) ? "NaN" : bpm;
  const changed =
    "beatsPerMinute" in heartRate
      ? { beatsPerMinute: String(bpm) }
      : { beatsPerMinuteAvg: double, beatsPerMinuteMax: double };
  return { ...point, heartRate: { ...heartRate, ...changed } };
}
