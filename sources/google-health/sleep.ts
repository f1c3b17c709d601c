import type { Session, Stage, StageSpan } from "../source.ts";
import type { Endpoint } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { betweenInstants, listRequest } from "./list.ts";
import type { Refusal } from "./readings.ts";
import type { SessionFrame } from "./sessions.ts";
import { openSessions, spanOf, wordOf } from "./sessions.ts";

const MINUTE_MS = 60_000;

const STAGES = new Map<unknown, Stage>([
  ["AWAKE", "awake"],
  ["RESTLESS", "restless"],
  ["ASLEEP", "asleep"],
  ["LIGHT", "light"],
  ["DEEP", "deep"],
  ["REM", "rem"],
]);

/** Restless is not asleep: so the provider's own "minutes asleep" counts. */
const ASLEEP: ReadonlySet<Stage> = new Set(["asleep", "light", "deep", "rem"]);

const NO_STAGE: Refusal = { reason: "unknown_type", detail: "stage of sleep is of no known kind" };
const BAD_STAGES: Refusal = {
  reason: "implausible_value",
  detail: "stages of sleep overlap, or lie outside the sleep",
};

/**
 * Sleeps that end in the window, with their stages. Reconciled, because `list` refuses the family; its summary comes
 * back doubled, so minutes are those of the stages. `processed` is false while the provider still computes them.
 */
export const sleep: Endpoint = {
  permission: "sleep",
  listKey: "dataPoints",
  maxWindowDays: 90,
  request: (span, family) =>
    listRequest(
      {
        dataType: "sleep",
        by: "reconcile",
        filter: betweenInstants("sleep.interval.end_time", span),
        pageSize: 25,
      },
      span,
      family,
    ),
  open: (_, span) => openSessions("sleep", readSleep)(span),
};

function readSleep(content: JsonObject, frame: SessionFrame): Session | Refusal {
  const stages = readStages(content["stages"], frame);
  if ("reason" in stages) return stages;
  const metadata = isObject(content["metadata"]) ? content["metadata"] : {};
  const told = stages.spans;
  const inBed = Math.round((frame.endMs - frame.startMs) / MINUTE_MS);
  return {
    ...frame,
    kind: "sleep",
    label: metadata["nap"] === true ? "nap" : wordOf(content["type"]),
    main: metadata["mainSleep"] === true,
    processed: metadata["processed"] === true,
    minutesAsleep: told.length === 0 ? null : minutesAsleep(told),
    minutesInBed: inBed,
    stages: told,
  };
}

function minutesAsleep(stages: readonly StageSpan[]): number {
  const asleep = stages.filter(({ stage }) => ASLEEP.has(stage));
  return Math.round(
    asleep.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / MINUTE_MS,
  );
}

type Spans = Readonly<{ spans: readonly StageSpan[] }>;

/** Stages in order of time, each after the other and within the sleep. */
function readStages(value: unknown, { startMs, endMs }: SessionFrame): Spans | Refusal {
  const spans: StageSpan[] = [];
  for (const one of Array.isArray(value) ? value : []) {
    const stage = isObject(one) ? STAGES.get(one["type"]) : undefined;
    if (stage === undefined) return NO_STAGE;
    const span = spanOf(one);
    if ("reason" in span) return span;
    spans.push({ ...span, stage });
  }
  spans.sort((one, other) => one.startMs - other.startMs);
  const edges = [startMs, ...spans.map((span) => span.endMs)];
  const inOrder = spans.every((span, i) => span.startMs >= (edges[i] ?? 0) && span.endMs <= endMs);
  return inOrder ? { spans } : BAD_STAGES;
}
