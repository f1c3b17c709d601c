import type { FaultSwitch } from "../../simulator/faults/switchboard.ts";

/** What goes wrong for somebody from one day's run to another's; days count from the first, half-open. */
export type Incident = Readonly<{ from: number; to: number }> &
  (
    | Readonly<{ kind: "upstream"; fault: FaultSwitch; looks: boolean }>
    | Readonly<{ kind: "no_runs" }>
    | Readonly<{ kind: "lapse" }>
    | Readonly<{ kind: "pause" }>
  );

/** Faults of the provider, and whether a run that meets one still learns when devices synced. */
const UPSTREAM: readonly Readonly<{ fault: FaultSwitch; looks: boolean }>[] = [
  { fault: { kind: "status503", rate: 1 }, looks: false },
  { fault: { kind: "reset", rate: 1 }, looks: false },
  { fault: { kind: "status500", rate: 1, path: "pairedDevices" }, looks: false },
  { fault: { kind: "brokenJson", rate: 1, path: "pairedDevices" }, looks: false },
  { fault: { kind: "rateLimit", rate: 1, path: ":rollUp" }, looks: true },
  { fault: { kind: "htmlWith200", rate: 1, path: "heart-rate" }, looks: true },
  { fault: { kind: "brokenJson", rate: 1, path: "heart-rate" }, looks: true },
  { fault: { kind: "otherShape", rate: 1, path: "heart-rate" }, looks: true },
  { fault: { kind: "permissionDenied", rate: 1, path: "heart-rate" }, looks: true },
];

/** Draws what happens to one person over `days`: often nothing, at most two things, some of them still going on. */
export function drawIncidents(random: () => number, days: number): readonly Incident[] {
  const incidents: Incident[] = [];
  for (let from = 6 + Math.floor(random() * days); from < days - 1; ) {
    const to = from + 1 + Math.floor(random() * 4);
    incidents.push(drawIncident(random, from, to));
    from = to + 5 + Math.floor(random() * days);
  }
  return incidents;
}

function drawIncident(random: () => number, from: number, to: number): Incident {
  const draw = random();
  if (draw < 0.12) return { kind: "no_runs", from, to };
  if (draw < 0.27) return { kind: "lapse", from, to: to + 2 };
  if (draw < 0.35) return { kind: "pause", from, to };
  const upstream = UPSTREAM[Math.floor(random() * UPSTREAM.length)];
  if (upstream === undefined) throw new RangeError("There is no such fault");
  return { kind: "upstream", from, to, ...upstream };
}
