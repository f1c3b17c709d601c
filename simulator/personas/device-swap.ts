import type { Interval } from "../intervals.ts";
import { overlapping } from "../intervals.ts";
import type { LifeEvent } from "../life-event.ts";
import type { Participant, SampleSeries, SessionSeries } from "../participant.ts";
import type { Life } from "./life.ts";

/** When a watch was put away: its last syncs, and from when on it was not worn. */
export type Retirement = Readonly<{ at: number; lastRegularSync: number; lateSync: number }>;

/** The life of a watch that is put away for another: nothing is measured after it, and one late sync brings the rest. */
export function retire(life: Life, { at, lastRegularSync, lateSync }: Retirement): Life {
  const { wear } = life;
  const before = (stretches: readonly Interval[]): Interval[] =>
    overlapping(stretches, 0, at).map(({ from, to }) => ({ from, to: Math.min(to, at) }));
  const syncs = [...life.syncs.filter((sync) => sync <= lastRegularSync), lateSync];
  return {
    ...life,
    wear: {
      off: before(wear.off),
      charging: before(wear.charging),
      powerless: before(wear.powerless),
      worn: before(wear.worn),
    },
    kept: before(life.kept),
    syncs,
    events: () => [
      ...life.events().filter((event) => event.at < at && event.kind !== "synced"),
      ...syncs.map((sync): LifeEvent => ({ at: sync, kind: "synced" })),
    ],
  };
}

/** One person with two watches, one after the other: one history. */
export function withNextWatch(old: Participant, next: Participant, changedAt: number): Participant {
  return {
    ...old,
    deviceName: next.deviceName,
    devices: (now) =>
      now < changedAt ? old.devices(now) : [...old.devices(now), ...next.devices(now)],
    events: (range) => {
      const later = next.events(range).filter(({ at }) => at >= changedAt);
      const changed: LifeEvent = { at: changedAt, kind: "device_changed" };
      const during = changedAt >= range.from && changedAt < range.to ? [changed] : [];
      return [...old.events(range), ...during, ...later].sort((a, b) => a.at - b.at);
    },
    heartRate: joined(old.heartRate, next.heartRate, changedAt),
    steps: {
      wearable: joined(old.steps.wearable, next.steps.wearable, changedAt),
      all: joined(old.steps.all, next.steps.all, changedAt),
    },
    sleeps: oneAfterTheOther(old.sleeps, next.sleeps, changedAt),
    exercises: oneAfterTheOther(old.exercises, next.exercises, changedAt),
  };
}

function oneAfterTheOther<Session extends Interval>(
  first: SessionSeries<Session>,
  second: SessionSeries<Session>,
  at: number,
): SessionSeries<Session> {
  return (range, now) => [
    ...first(range, now).filter(({ to }) => to <= at),
    ...second(range, now).filter(({ from }) => from >= at),
  ];
}

/** The first series until an instant, and the second from then on. */
function joined(first: SampleSeries, second: SampleSeries, at: number): SampleSeries {
  const before = ({ from, to }: Interval): Interval => ({ from, to: Math.min(to, at) });
  const after = ({ from, to }: Interval): Interval => ({ from: Math.max(from, at), to });
  return {
    known: (range, now, visit) => {
      if (range.from < at) first.known(before(range), now, visit);
      if (range.to > at) second.known(after(range), now, visit);
    },
    measured: (range, visit) => {
      if (range.from < at) first.measured(before(range), visit);
      if (range.to > at) second.measured(after(range), visit);
    },
    extent: (now) => {
      const [one, other] = [first.extent(now), second.extent(now)];
      return { from: one.from, to: Math.max(one.to, other.to) };
    },
  };
}
