import { z } from "zod";
import type { Installation } from "./installation.ts";

const Samples = z.array(z.object({ start: z.string(), value: z.number() }));
const Counts = z.array(z.object({ start: z.string(), count: z.number() }));
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

/** Heart rate and steps as a perfect reader had them at an instant (epoch milliseconds). */
export async function askTruth(
  place: Pick<Installation, "simulator">,
  who: Told,
  at: number,
): Promise<Truth> {
  return Truth.parse(await ask(place, "truth", who, { at: new Date(at).toISOString() }));
}

/** Everything else as a perfect reader had it at an instant (epoch milliseconds). */
export async function askMetrics(
  place: Pick<Installation, "simulator">,
  who: Told,
  at: number,
): Promise<MetricsTruth> {
  return Metrics.parse(await ask(place, "metrics", who, { at: new Date(at).toISOString() }));
}

async function ask(
  { simulator }: Pick<Installation, "simulator">,
  what: string,
  { participant, from }: Told,
  more: Readonly<Record<string, string>>,
): Promise<unknown> {
  const url = new URL(`/simulator/${what}/${participant}`, simulator);
  const range = { from: new Date(from).toISOString(), to: new Date().toISOString() };
  url.search = new URLSearchParams({ ...range, ...more }).toString();
  return (await fetch(url)).json();
}
