import { setTimeout as wait } from "node:timers/promises";
import { compare, isSound } from "../../testing/compare-with-truth.ts";
import { seeded } from "../../testing/pages.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import type { PartName } from "./parts.ts";
import { openRuns, readAnew, until, untilQuiet } from "./runs.ts";
import { readCounts, resetCounts } from "./upstream.ts";

const KILLS = 20;
const TEMPORAL_DOWN_MS = 30_000;
const DATABASE_KILLS = 10;

/** T1: whatever the worker was doing at that instant. */
export const workerKilled: FaultTest<Bench> = {
  id: "T1",
  promise: `worker killed ${KILLS} times at random instants: 0 missing, 0 duplicate`,
  async run({ installation, people, seed }) {
    const random = seeded(seed);
    const killedAt: Date[] = [];
    let incomplete: readonly string[] = [];
    // On a fast machine everybody is read before the last kill: then all over again.
    while (killedAt.length < KILLS)
      ({ incomplete } = await readAnew(installation, people, async () => {
        await until("runs are open", async () => (await openRuns(installation)) > 0);
        while (killedAt.length < KILLS) {
          await wait(200 + random() * 2500);
          if ((await openRuns(installation)) === 0) return;
          killedAt.push(new Date());
          await killAndWait(installation, "worker");
        }
      }));
    const found = await compare(installation, people);
    const recovery = await slowestRecovery(installation, killedAt);
    return {
      passed: isSound(found) && incomplete.length === 0,
      figure: figureOf({ kills: killedAt.length, ...found, slowest_recovery_s: recovery }),
    };
  },
};

/** T2: the server that keeps all runs is gone for half a minute. */
export const temporalKilled: FaultTest<Bench> = {
  id: "T2",
  promise: "Temporal killed for 30 s in mid-run: every run completes, none beside another",
  async run({ installation, people }) {
    await untilQuiet(installation);
    await resetCounts(installation);
    const { participants, incomplete } = await readAnew(installation, people, async () => {
      await wait(6000);
      const release = installation.takeDown("temporal");
      await wait(TEMPORAL_DOWN_MS);
      release();
    });
    const { mostAtOnce, pages } = await readCounts(installation);
    const found = await compare(installation, people);
    const completed = participants - incomplete.length;
    return {
      passed: isSound(found) && completed === people.length && mostAtOnce === 1,
      figure: figureOf({
        completed: `${completed}/${people.length}`,
        most_at_once: mostAtOnce,
        pages,
        fetched_again: pages - (await pagesStored(installation)),
        ...found,
      }),
    };
  },
};

/** T4: the database dies when a page is on its way to it. */
export const databaseKilled: FaultTest<Bench> = {
  id: "T4",
  promise: `database killed ${DATABASE_KILLS} times between fetch and commit: the page is fetched again, the same rows`,
  async run({ installation, people }) {
    await untilQuiet(installation);
    await resetCounts(installation);
    let kills = 0;
    const { incomplete } = await readAnew(installation, people, async () => {
      for (; kills < DATABASE_KILLS && (await openRuns(installation)) > 0; kills += 1) {
        const { pages } = await readCounts(installation);
        await until(
          "a page is answered",
          async () => (await readCounts(installation)).pages > pages,
        );
        await killAndWait(installation, "database");
        await wait(1500);
      }
    });
    const { pages } = await readCounts(installation);
    const found = await compare(installation, people);
    const again = pages - (await pagesStored(installation));
    return {
      passed: isSound(found) && incomplete.length === 0 && kills === DATABASE_KILLS,
      figure: figureOf({ kills, pages, fetched_again: again, ...found }),
    };
  },
};

/** Different pages that were stored since everything was forgotten: what had to be fetched, and no more. */
async function pagesStored({ app }: Installation): Promise<number> {
  const { rows } = await app.query<{ n: number }>(
    `select count(distinct (participant_id, series_id, window_from, window_to, sha256))::int as n
     from study.fetch where url like '%/dataPoints%'`,
  );
  return rows[0]?.n ?? Number.NaN;
}

/** Kills a part and waits until its successor is there. */
async function killAndWait(installation: Installation, name: PartName): Promise<void> {
  const before = installation.pid(name);
  installation.kill(name);
  await until(`${name} is back`, async () => ![0, before].includes(installation.pid(name)), 120);
}

/** Seconds until the next page was stored after a kill, at worst. */
async function slowestRecovery({ app }: Installation, killedAt: readonly Date[]): Promise<number> {
  const { rows } = await app.query<{ seconds: number | null }>(
    `select max((select extract(epoch from min(f.fetched_at) - k.at) from study.fetch f
       where f.fetched_at > k.at and f.url like '%/dataPoints%'))::float8 as seconds
     from unnest($1::timestamptz[]) k (at)`,
    [killedAt],
  );
  return Math.round(rows[0]?.seconds ?? Number.NaN);
}
