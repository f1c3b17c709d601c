import type { Interval } from "../intervals.ts";
import type { LifeEvent } from "../life-event.ts";
import type { Participant, SampleSeries, VisitSample } from "../participant.ts";

/** A stretch in which the watch lies on a table and its sensor takes one value from it, again and again. */
type FlatRun = Interval & Readonly<{ bpm: number }>;

/** The same person, whose watch was off the wrist for a while and went on reporting a heart rate, and no step. */
export function withFlatRun(person: Participant, { bpm, ...run }: FlatRun): Participant {
  const { heartRate, steps, events } = person;
  const inRun = (at: number): boolean => at >= run.from && at < run.to;
  const flat =
    (visit: VisitSample): VisitSample =>
    (at, value) =>
      visit(at, inRun(at) ? bpm : value);
  const none =
    (visit: VisitSample): VisitSample =>
    (at, value) => {
      if (!inRun(at)) visit(at, value);
    };
  const ends: readonly LifeEvent[] = [
    { at: run.from, kind: "took_off" },
    { at: run.to, kind: "put_on" },
  ];
  return {
    ...person,
    events: (range) => {
      const own = ends.filter(({ at }) => at >= range.from && at < range.to);
      return [...events(range), ...own].sort((a, b) => a.at - b.at);
    },
    heartRate: through(heartRate, flat),
    steps: { wearable: through(steps.wearable, none), all: through(steps.all, none) },
  };
}

function through(series: SampleSeries, change: (visit: VisitSample) => VisitSample): SampleSeries {
  return {
    ...series,
    known: (range, now, visit) => series.known(range, now, change(visit)),
    measured: (range, visit) => series.measured(range, change(visit)),
  };
}
