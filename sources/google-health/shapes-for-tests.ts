import assert from "node:assert/strict";
import type { Metric, ReadingSpan, Resolution, SeriesRule } from "../source.ts";
import { endpointOf } from "./data-types.ts";

/** Two days of September, on which the recorded replies lie. */
export const span: ReadingSpan = {
  from: new Date("2026-09-25T00:00:00Z"),
  to: new Date("2026-09-27T00:00:00Z"),
  days: ["2026-09-25", "2026-09-26"],
};

/** A rule of the registry; plausible from 0 to 1000 unless told otherwise. */
export const rule = (
  metric: Metric,
  dataType: string,
  resolution: Resolution,
  { scale = 1, min = 0, max = 1000 } = {},
): SeriesRule => ({
  metric,
  dataType,
  family: "google-wearables",
  resolution,
  scale,
  plausibleMin: min,
  plausibleMax: max,
});

/** What a window comes to of these points. */
export function read(rules: readonly SeriesRule[], ...points: unknown[]) {
  const [first] = rules;
  assert.ok(first);
  const { content, rejected } = endpointOf(first).open(rules, span)(points);
  return { content, reasons: rejected.map(({ reason }) => reason), rejected };
}
