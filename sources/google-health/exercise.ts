import type { ReadingSpan } from "../source.ts";
import { daysAfter } from "./civil-date.ts";
import type { Endpoint } from "./endpoint.ts";
import { between, listRequest } from "./list.ts";
import { openSessions, wordOf } from "./sessions.ts";

/**
 * Exercises that end in the window. The API lets them be asked for by the civil time they began alone: zones and an
 * exercise over midnight lie within two days on either side, and those that end outside are other days'.
 */
export const exercise: Endpoint = {
  permission: "activity",
  listKey: "dataPoints",
  maxWindowDays: 90,
  request: (span, family) =>
    listRequest(
      { dataType: "exercise", by: "reconcile", filter: filterOf(span), pageSize: 25 },
      span,
      family,
    ),
  open: (_, span) =>
    openSessions("exercise", (content, frame) => ({
      ...frame,
      kind: "exercise",
      label: wordOf(content["exerciseType"]),
      main: false,
      processed: true,
      minutesAsleep: null,
      minutesInBed: null,
      stages: [],
    }))(span),
};

function filterOf({ from, to }: ReadingSpan): string {
  const dateOf = (instant: Date) => instant.toISOString().slice(0, 10);
  const [first, last] = [daysAfter(dateOf(from), -2), daysAfter(dateOf(to), 2)];
  return between("exercise.interval.civil_start_time", first, last);
}
