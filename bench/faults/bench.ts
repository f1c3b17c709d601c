import { ScheduleOverlapPolicy } from "@temporalio/client";
import { rosterOf } from "../../testing/truth.ts";
import type { Installation } from "./installation.ts";
import { install } from "./installation.ts";
import { until, untilRead } from "./runs.ts";

/** An installation whose people have all been read once, undisturbed. */
export type Bench = Readonly<{
  installation: Installation;
  /** Short ids, in the simulator's order. */
  people: readonly string[];
  seed: number;
}>;

const PEOPLE = 24;

/** Brings it up and reads everybody for the first time; daily runs only, so that nothing else runs meanwhile. */
export async function createBench(seed: number): Promise<Bench> {
  const since = new Date();
  const installation = await install({ participants: PEOPLE, seed });
  try {
    await installation.owner.query(
      `update study.setting set settings = settings || '{"ingestIntervalMinutes": null}'`,
    );
    await installation.client.schedule
      .getHandle("maintain")
      .trigger(ScheduleOverlapPolicy.BUFFER_ONE);
    const people = (await rosterOf(installation)).map(({ participant }) => participant);
    const ended = await untilRead(installation, people, since);
    if (ended.incomplete.length > 0) throw new Error(ended.incomplete.join("\n"));
    await until("schedules are daily", async () => (await intervalsLeft(installation)) === 0);
    return { installation, people, seed };
  } catch (error) {
    console.error(installation.lastWords());
    await installation.stop();
    throw error;
  }
}

async function intervalsLeft({ client }: Installation): Promise<number> {
  let left = 0;
  for await (const { scheduleId, spec } of client.schedule.list())
    if (scheduleId.startsWith("ingest/") && (spec?.intervals ?? []).length > 0) left += 1;
  return left;
}
