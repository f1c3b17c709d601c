import { z } from "zod";

/** Where a simulator answers. */
type Place = Readonly<{ simulator: string }>;

const Samples = z.array(z.object({ start: z.string(), value: z.number() }));
const Counts = z.array(z.object({ start: z.string(), count: z.number() }));
const Roster = z.array(z.object({ participant: z.string(), enrolledOn: z.string() }));
const Truth = z.object({
  minutes: z.array(z.object({ start: z.string(), mean: z.number() })),
  steps: z.object({ wearable: Counts, all: Counts }),
});
const Ends = { start: z.string(), end: z.string() };
const Metrics = z.object({
  samples: z.record(z.string(), Samples),
  days: z.record(z.string(), z.array(z.object({ day: z.string(), value: z.number() }))),
  sleeps: z.array(
    z.object({
      id: z.string(),
      ...Ends,
      processed: z.boolean(),
      stages: z.array(z.object({ ...Ends, type: z.string() })),
    }),
  ),
  exercises: z.array(z.object({ id: z.string(), ...Ends, type: z.string() })),
});

/** What the simulator knows happened to one person. */
export type Truth = z.infer<typeof Truth>;
export type MetricsTruth = z.infer<typeof Metrics>;
/** Whom it is told of, and from which instant on (epoch milliseconds). */
export type Told = Readonly<{ participant: string; from: number }>;

/** Who the simulator says takes part, in its order. */
export async function rosterOf({ simulator }: Place): Promise<z.infer<typeof Roster>> {
  return Roster.parse(await (await fetch(`${simulator}/simulator/roster`)).json());
}

/** Heart rate and steps as a perfect reader had them at an instant (epoch milliseconds). */
export async function askTruth(place: Place, who: Told, at: number): Promise<Truth> {
  return Truth.parse(await ask(place, "truth", who, at));
}

/** Everything else, in the same way. */
export async function askMetrics(place: Place, who: Told, at: number): Promise<MetricsTruth> {
  return Metrics.parse(await ask(place, "metrics", who, at));
}

/** Minutes (epoch milliseconds) with a heart rate or a step from the watch, as a perfect reader has them now. */
export async function wornMinutesOf(place: Place, who: Told): Promise<number[]> {
  const { minutes, steps } = await askTruth(place, who, Date.now());
  return [...new Set([...minutes, ...steps.wearable].map(({ start }) => Date.parse(start)))];
}

async function ask(
  { simulator }: Place,
  what: string,
  { participant, from }: Told,
  at: number,
): Promise<unknown> {
  const url = new URL(`/simulator/${what}/${participant}`, simulator);
  const instant = (ms: number) => new Date(ms).toISOString();
  url.search = new URLSearchParams({
    from: instant(from),
    to: instant(Date.now()),
    at: instant(at),
  }).toString();
  return (await fetch(url)).json();
}
