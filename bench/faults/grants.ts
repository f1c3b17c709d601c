import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const execute = promisify(execFile);
const script = fileURLToPath(new URL("refresher.ts", import.meta.url));
const PEOPLE = 50;
const PROCESSES = 3;
const CALLERS = 50;
const FIRST_NOW = "2026-11-24T12:00:20Z";
/** When every access token of the first moment has ended. */
const LATER = "2026-11-24T14:00:20Z";
const Said = z.object({ calls: z.number(), failures: z.number(), first: z.string().optional() });

/** Several workers at once find that everybody's access token has ended, at a provider whose refresh tokens are good once. */
export const refreshRace: FaultTest<null> = {
  id: "T7",
  promise: `${CALLERS} callers in all, in ${PROCESSES} processes, for each of ${PEOPLE} participants: one renewal each, 0 invalid_grant`,
  async run() {
    const key = randomBytes(32).toString("hex");
    const world = await ingestWorld({
      ...{ participants: PEOPLE, firstNow: FIRST_NOW, tokenKey: key, singleUseRefreshTokens: true },
    });
    try {
      for (let each = 0; each < PEOPLE; each += 1) await world.connectPerson(each);
      world.setNow(LATER);
      world.upstream.simulator.requests.reset();
      const ids = await connectedIds(world);
      const callers = Math.ceil(CALLERS / PROCESSES);
      const said = await Promise.all(
        Array.from({ length: PROCESSES }, () => refresher(world, { key, ids, callers })),
      );
      const renewals = renewalsOf(world);
      const failures = said.reduce((sum, one) => sum + one.failures, 0);
      const calls = said.reduce((sum, one) => sum + one.calls, 0);
      return {
        passed: renewals === PEOPLE && failures === 0 && calls >= PEOPLE * CALLERS,
        figure: figureOf({ calls, renewals, failures }) + (said[0]?.first ?? ""),
      };
    } finally {
      await world.stop();
    }
  },
};

/** A worker dies between the provider's answer and its being stored. */
export const diesWithReply: FaultTest<null> = {
  id: "T8",
  promise:
    "killed between the provider's reply and the commit: no grant lost at Google; where refresh tokens are good once, consent is asked for once and nothing is tried again",
  async run() {
    const kept = await afterDeath(false);
    const lost = await afterDeath(true);
    return {
      passed:
        kept.status === "active" &&
        lost.status === "reconsent_needed" &&
        lost.flagged === 1 &&
        lost.callsAfterwards === 0,
      figure: figureOf({
        at_Google: kept.status,
        good_once: lost.status,
        flagged: lost.flagged,
        calls_afterwards: lost.callsAfterwards,
      }),
    };
  },
};

async function afterDeath(singleUseRefreshTokens: boolean) {
  const key = randomBytes(32).toString("hex");
  const world = await ingestWorld({
    ...{ participants: 8, firstNow: FIRST_NOW, tokenKey: key, singleUseRefreshTokens },
  });
  try {
    // Others, so that one refusal is one and not everybody's.
    for (let each = 1; each < 8; each += 1) await world.connectPerson(each, "2026-11-23");
    const participant = await world.connectPerson(0, "2026-11-23");
    world.setNow(LATER);
    const [first = 0] = (await connectedIds(world)).slice(-1);
    await refresher(world, { key, ids: [first], callers: 1, die: true }).catch(() => null);
    // A consent is given by the real clock, which is ahead of this world's.
    await world.database.app.query("update study.connection set status_since = '2026-11-01'");
    // What the dead process held ends by itself within a minute; nobody waits for it here.
    await world.database.app.query("update study.connection set refresh_lease_until = null");
    await runOnce(world, participant);
    world.upstream.simulator.requests.reset();
    for (let times = 0; times < 5; times += 1) await runOnce(world, participant);
    const counts = world.upstream.simulator.requests.counts();
    const { rowCount } = await world.database.app.query("select from study.connection_event");
    return {
      status: (await world.connectionOf(participant))?.status ?? "",
      flagged: rowCount ?? 0,
      callsAfterwards: Object.values(counts).reduce((sum, { total }) => sum + total, 0),
    };
  } finally {
    await world.stop();
  }
}

type Task = Readonly<{ key: string; ids: readonly number[]; callers: number; die?: boolean }>;

/** Runs a process of its own against the world's database and provider. */
async function refresher({ database, upstream }: IngestWorld, task: Task) {
  const options = {
    database: database.url("wearflow_app"),
    provider: upstream.url,
    key: task.key,
    now: LATER,
    people: task.ids.join(","),
    callers: String(task.callers),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { stdout } = await execute(process.execPath, [
    ...[script, ...args],
    ...(task.die === true ? ["--die"] : []),
  ]);
  return Said.parse(JSON.parse(stdout));
}

async function connectedIds({ database }: IngestWorld): Promise<number[]> {
  const { rows } = await database.app.query<{ id: number }>(
    "select participant_id as id from study.connection order by id",
  );
  return rows.map(({ id }) => id);
}

const renewalsOf = ({ upstream }: IngestWorld) =>
  Object.values(upstream.simulator.requests.counts()).reduce(
    (sum, { paths }) => sum + (paths["POST /token"] ?? 0),
    0,
  );
