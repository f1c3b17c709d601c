import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { liveThrough } from "./ledger/live.ts";
import { report } from "./ledger/report.ts";
import type { Tally } from "./ledger/tally.ts";
import { merge, newTally, TallyText } from "./ledger/tally.ts";

/**
 * npm run bench:ledger -- --seed 1 --participants 200 --days 60: everybody is read once a day over real HTTP, while the
 * provider fails, grants lapse, runs stay away and people pause; every tenth day each judged day and each gap is held
 * against the simulator's events. Disagreements go to a file, to be read one by one.
 *
 * It takes hours: so people live in shards, one world after another, and with --keep FOLDER what a shard came to is
 * kept there; the same command again goes on with the next. With --minutes no shard is begun after so long.
 */
const text = { type: "string" } as const;
const options = z
  .object({
    seed: z.coerce.number().int().default(1),
    participants: z.coerce.number().int().min(1).default(200),
    days: z.coerce.number().int().min(2).default(60),
    shards: z.coerce.number().int().min(1).default(1),
    minutes: z.coerce.number().positive().default(Number.MAX_SAFE_INTEGER),
    keep: z.string().optional(),
    disagreements: z.string().optional(),
    /** Short ids, by commas: only they live. */
    only: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: {
        ...{ seed: text, participants: text, days: text, shards: text },
        ...{ minutes: text, keep: text, disagreements: text, only: text },
      },
    }).values,
  );

const { seed, participants, days, shards, minutes, disagreements, only } = options;
const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "wearflow-ledger-")));
await mkdir(folder, { recursive: true });
const until = performance.now() + minutes * 60_000;
const done: Tally[] = [];
for (let shard = 0; shard < shards; shard += 1) {
  const file = join(
    folder,
    `seed-${seed}-of-${participants}-days-${days}-${shard}-of-${shards}.json`,
  );
  if (!existsSync(file) && performance.now() < until) {
    const people = only?.split(",") ?? null;
    await keep(file, await liveThrough({ seed, participants, days, shard, shards, only: people }));
  }
  if (existsSync(file)) done.push(TallyText.parse(await readFile(file, "utf8")));
}
const tally = done.reduce(merge, newTally());
if (disagreements !== undefined) await writeFile(disagreements, tally.disagreements.join("\n"));
const { summary, table } = report(tally);
console.log(table);
console.log(
  `seed ${seed}, ${tally.people} people, ${days} days, ${done.length} of ${shards} shards`,
);
console.log(JSON.stringify(summary));
if (summary.wrongly_blamed > 0) process.exitCode = 1;

/** Whole or not at all: a shard that was killed is lived again. */
async function keep(file: string, tally: Tally): Promise<void> {
  await writeFile(`${file}.part`, JSON.stringify(tally));
  await rename(`${file}.part`, file);
}
