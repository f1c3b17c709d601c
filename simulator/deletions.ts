import type { Interval } from "./intervals.ts";
import type { Participant, SampleSeries } from "./participant.ts";

/** What participants deleted of their own data: the cloud knows it no longer, the sensor did measure it. */
export type Deletions = Readonly<{
  /** Deletes everything of a participant in [from, to), now and whatever is synced of it later. */
  add: (participant: string, range: Interval) => void;
  /** The same participant, whose deleted data is not served. */
  of: (participant: Participant) => Participant;
}>;

export function createDeletions(): Deletions {
  const deleted = new Map<string, Interval[]>();
  const without = (id: string, series: SampleSeries): SampleSeries => ({
    ...series,
    known: (range, now, visit) => {
      const gone = deleted.get(id) ?? [];
      series.known(range, now, (at, value) => {
        if (!gone.some(({ from, to }) => at >= from && at < to)) visit(at, value);
      });
    },
  });
  return {
    add: (participant, range) =>
      void deleted.set(participant, [...(deleted.get(participant) ?? []), range]),
    of: (participant) => {
      const { id, heartRate, steps } = participant;
      return {
        ...participant,
        heartRate: without(id, heartRate),
        steps: { wearable: without(id, steps.wearable), all: without(id, steps.all) },
      };
    },
  };
}
