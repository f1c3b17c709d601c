import { z } from "zod";
import type { FaultSwitch } from "../../simulator/faults/switchboard.ts";
import type { Installation } from "./installation.ts";

const Counts = z.object({
  participants: z.record(
    z.string(),
    z.object({
      total: z.number(),
      maxConcurrency: z.number(),
      tooEarly: z.number(),
      paths: z.record(z.string(), z.number()),
      faults: z.record(z.string(), z.number()),
    }),
  ),
});

/** What the simulator counted, over everybody. */
export type Counted = Readonly<{
  requests: number;
  /** Of data points alone. */
  pages: number;
  mostAtOnce: number;
  tooEarly: number;
  faults: Readonly<Record<string, number>>;
}>;

type Place = Pick<Installation, "simulator">;

/** Switches faults on. */
export async function setFaults({ simulator }: Place, ...faults: FaultSwitch[]): Promise<void> {
  const body = JSON.stringify({ faults });
  const reply = await fetch(`${simulator}/simulator/faults`, { method: "POST", body });
  if (reply.status !== 200) throw new Error(await reply.text());
}

export async function clearFaults({ simulator }: Place): Promise<void> {
  await fetch(`${simulator}/simulator/faults`, { method: "DELETE" });
}

export async function resetCounts({ simulator }: Place): Promise<void> {
  await fetch(`${simulator}/simulator/requests`, { method: "DELETE" });
}

/** What was asked for since the last reset; the token endpoint's strangers are left out. */
export async function readCounts({ simulator }: Place): Promise<Counted> {
  const reply = await fetch(`${simulator}/simulator/requests`);
  const people = Object.values(Counts.parse(await reply.json()).participants);
  const sum = (of: (one: (typeof people)[number]) => number) =>
    people.reduce((total, one) => total + of(one), 0);
  const faults: Record<string, number> = {};
  for (const one of people)
    for (const [kind, n] of Object.entries(one.faults)) faults[kind] = (faults[kind] ?? 0) + n;
  const pagesOf = (paths: Readonly<Record<string, number>>) =>
    Object.entries(paths).reduce((n, [path, m]) => n + (path.includes("/dataPoints") ? m : 0), 0);
  return {
    requests: sum(({ total }) => total),
    pages: sum(({ paths }) => pagesOf(paths)),
    mostAtOnce: Math.max(0, ...people.map(({ maxConcurrency }) => maxConcurrency)),
    tooEarly: sum(({ tooEarly }) => tooEarly),
    faults,
  };
}
