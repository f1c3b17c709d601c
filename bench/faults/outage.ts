import { setTimeout as wait } from "node:timers/promises";
import { compare, isSound } from "../../testing/compare-with-truth.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import { readAnew, until } from "./runs.ts";

const DOWN_MS = 60_000;
const LOOK_EVERY_MS = 5_000;

/** T3: no database for a minute. */
export const databaseDown: FaultTest<Bench> = {
  id: "T3",
  promise:
    "database down for 60 s: pages and /healthz say 503, nothing crashes, ingest goes on by itself",
  async run({ installation, people }) {
    const before = [installation.pid("worker"), installation.pid("api")];
    const answers = new Set<string>();
    let back = new Date();
    const { incomplete } = await readAnew(installation, people, async () => {
      await wait(5000);
      const release = installation.takeDown("database");
      for (let waited = 0; waited < DOWN_MS; waited += LOOK_EVERY_MS) {
        await wait(LOOK_EVERY_MS);
        for (const path of ["/", "/healthz"])
          answers.add(`${path} ${await statusOf(installation, path)}`);
      }
      release();
      const works = () => installation.app.query("select 1").then(() => true);
      await until("the database is back", works);
      back = new Date();
    });
    const survived = before.join() === [installation.pid("worker"), installation.pid("api")].join();
    const found = await compare(installation, people);
    const said = [...answers].toSorted().join(" and ");
    return {
      passed:
        isSound(found) && incomplete.length === 0 && survived && said === "/ 503 and /healthz 503",
      figure: figureOf({
        said: `"${said}"`,
        crashed: survived ? 0 : 1,
        first_write_after_s: await firstWriteAfter(installation, back),
        ...found,
      }),
    };
  },
};

async function statusOf({ page }: Installation, path: string): Promise<number | string> {
  try {
    const reply = await fetch(page + path, { signal: AbortSignal.timeout(20_000) });
    await reply.text();
    return reply.status;
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
}

async function firstWriteAfter({ app }: Installation, instant: Date): Promise<number> {
  const { rows } = await app.query<{ seconds: number | null }>(
    `select extract(epoch from min(fetched_at) - $1::timestamptz)::float8 as seconds
     from study.fetch where fetched_at > $1::timestamptz`,
    [instant],
  );
  return Math.round(rows[0]?.seconds ?? Number.NaN);
}
