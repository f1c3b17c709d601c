import type { Interval } from "./intervals.ts";
import type { KnownSeries, Participant, SessionSeries } from "./participant.ts";

/** What participants deleted of their own data: the cloud knows it no longer, the sensor did measure it. */
export type Deletions = Readonly<{
  /** Deletes everything of a participant in [from, to), now and whatever is synced of it later. */
  add: (participant: string, range: Interval) => void;
  /** The same participant, whose deleted data is not served. */
  of: (participant: Participant) => Participant;
}>;

export function createDeletions(): Deletions {
  const deleted = new Map<string, Interval[]>();
  const isGone = (id: string, at: number): boolean =>
    (deleted.get(id) ?? []).some(({ from, to }) => at >= from && at < to);
  const without = <Series extends KnownSeries>(id: string, series: Series): Series => ({
    ...series,
    known: (range, now, visit) =>
      series.known(range, now, (at, value) => {
        if (!isGone(id, at)) visit(at, value);
      }),
  });
  const spared =
    <Session extends Interval>(
      id: string,
      sessions: SessionSeries<Session>,
    ): SessionSeries<Session> =>
    (range, now) =>
      sessions(range, now).filter(({ from }) => !isGone(id, from));
  return {
    add: (participant, range) =>
      void deleted.set(participant, [...(deleted.get(participant) ?? []), range]),
    of: (participant) => {
      const { id, heartRate, steps, sleeps, exercises, weight } = participant;
      return {
        ...participant,
        heartRate: without(id, heartRate),
        steps: { wearable: without(id, steps.wearable), all: without(id, steps.all) },
        sleeps: spared(id, sleeps),
        exercises: spared(id, exercises),
        weight: without(id, weight),
      };
    },
  };
}
