import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { compare } from "../testing/compare-with-truth.ts";
import { rosterOf } from "../testing/truth.ts";
import type { Installation } from "./faults/installation.ts";
import { install } from "./faults/installation.ts";
import type { PartName } from "./faults/parts.ts";
import { untilRead } from "./faults/runs.ts";
import { readCounts, setFaults } from "./faults/upstream.ts";
import type { ProcessCost } from "./process-cost.ts";
import { between, costOf } from "./process-cost.ts";
import { daysAgo } from "./world.ts";

/**
 * npm run bench:ingest: everybody's daily run at once, on a whole installation as `npm start` brings it up. For a third
 * of the people a week is open, as after a late sync; 5 % of the calls are answered 429 and 1 % with a server's error.
 * When all are read, every series is compared with what the simulator knows happened.
 *   npm run bench:ingest -- --participants 100 --seed 7
 */
const { values } = parseArgs({
  options: { participants: { type: "string", default: "1000" }, seed: { type: "string" } },
});
const participants = Number(values.participants);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const PARTS: readonly PartName[] = ["worker", "database", "temporal", "simulator", "api"];
const GIVE_UP_AFTER_SECONDS = 3600;

console.log(`seed ${seed}`);
const installation = await install({ participants, seed, prepare });
try {
  console.log(JSON.stringify(await measure(installation)));
} finally {
  await installation.stop();
}

/** Who enrolled yesterday has a day to be read, every third person a week; nothing runs but what the bench waits for. */
async function prepare(seeded: Pick<Installation, "owner" | "simulator">): Promise<void> {
  const { owner } = seeded;
  await owner.query(
    `update study.participant set enrolled_on = case when id % 3 = 0 then $1::date else $2::date end`,
    [daysAgo(7), daysAgo(1)],
  );
  await owner.query(
    `update study.setting set settings = settings || '{"ingestIntervalMinutes": null}'`,
  );
  await setFaults(
    seeded,
    { kind: "rateLimit", retryAfter: "seconds", seconds: 5, rate: 0.05 },
    { kind: "status503", rate: 0.01 },
  );
}

async function measure(installed: Installation) {
  const since = new Date();
  const before = new Map(PARTS.map((name) => [name, costOf(installed.pid(name))]));
  const people = (await rosterOf(installed)).map(({ participant }) => participant);
  const { incomplete } = await untilRead(installed, people, since, GIVE_UP_AFTER_SECONDS);
  const wallSeconds = (Date.now() - since.getTime()) / 1000;
  const cost = costSince(installed, before);
  const { requests, faults, tooEarly, mostAtOnce } = await readCounts(installed);
  const { agreed, agreedDays, agreedSessions, ...found } = await compare(installed, people);
  return {
    participants,
    ...found,
    agreed,
    of_these_days: agreedDays,
    of_these_sessions: agreedSessions,
    wall_s: Math.round(wallSeconds),
    rows_per_s: Math.round(agreed / wallSeconds),
    requests,
    refused: faults["rateLimit"] ?? 0,
    server_errors: faults["status503"] ?? 0,
    too_early: tooEarly,
    most_at_once: mostAtOnce,
    not_complete: incomplete.length,
    ...cost,
  };
}

function costSince(installed: Installation, before: ReadonlyMap<PartName, ProcessCost>) {
  const cost: Partial<Record<PartName, ProcessCost>> = {};
  for (const [name, at] of before) cost[name] = between(at, costOf(installed.pid(name)));
  return cost;
}
