import type { Simulator } from "../../simulator/create-simulator.ts";
import type { Incident } from "./incidents.ts";
import type { Span, Story } from "./oracle.ts";

/** One of the bench's people, and what has happened to them so far. */
export type Person = {
  participant: string;
  index: number;
  persona: string;
  enrolledOn: string;
  incidents: readonly Incident[];
  connected: boolean;
  runs: { at: number; looked: boolean; read: boolean }[];
  lapses: { from: number; to: number }[];
  pauses: { from: number; to: number }[];
};

/** Ends the last of the spans. */
export function end(spans: { to: number }[], at: number): void {
  const last = spans.at(-1);
  if (last) last.to = at;
}

/** All that happened to somebody until an instant, for the oracle. */
export function storyOf(
  simulator: Pick<Simulator, "truth">,
  { participant, persona, runs, pauses, lapses: lapsed }: Person,
  epoch: string,
  at: number,
): Story {
  const dayBefore = new Date(Date.parse(epoch) - 86_400_000);
  const truth = simulator.truth(participant, dayBefore, new Date(at));
  const taken = truth.events.find(({ kind }) => kind === "consent_taken_back");
  const forEver: readonly Span[] = taken
    ? [{ from: Date.parse(taken.at), to: Number.POSITIVE_INFINITY }]
    : [];
  const lapses = [...lapsed, ...forEver];
  const isRefused = (time: number) => lapses.some(({ from, to }) => from <= time && time < to);
  const believed = runs.map((run) =>
    isRefused(run.at) ? { ...run, looked: false, read: false } : run,
  );
  return { truth, runs: believed, lapses, pauses, devicesKnown: persona !== "settings withheld" };
}
