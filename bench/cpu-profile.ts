import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";

/** Where this process' CPU went while work was done, and the work's own result. */
export async function profiled<Result>(
  work: () => Promise<Result>,
): Promise<Readonly<{ result: Result; profile: Profiler.Profile }>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  try {
    const result = await work();
    const { profile } = await session.post("Profiler.stop");
    return { result, profile };
  } finally {
    session.disconnect();
  }
}

/** Share of the time by place, the largest first: a package, one of our files, or a part of Node's. */
export function sharesByPlace({ nodes, samples = [] }: Profiler.Profile): [string, number][] {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const ticks = new Map<string, number>();
  for (const id of samples) {
    const frame = byId.get(id);
    if (frame === undefined) continue;
    const place = placeOf(frame);
    ticks.set(place, (ticks.get(place) ?? 0) + 1);
  }
  return [...ticks]
    .map(([place, n]): [string, number] => [place, n / samples.length])
    .toSorted(([, left], [, right]) => right - left);
}

function placeOf({ url, functionName }: Profiler.ProfileNode["callFrame"]): string {
  const [, inPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (inPackage !== undefined) return inPackage;
  if (url.startsWith("file:"))
    return url
      .slice(url.indexOf("/wearflow/") + 1)
      .split("/")
      .slice(-3)
      .join("/");
  return url === "" ? functionName : url;
}
