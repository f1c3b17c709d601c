import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const OTHERS = 20;

/** The four ways a provider says no to one participant, each to one of two dozen. */
export const grantsRefused: FaultTest<null> = {
  id: "T9",
  promise:
    "invalid_grant, consent taken back, 401 for ever, a permission left out: each changes its own connection, once; 0 requests after a revocation; nobody else notices",
  async run() {
    const world = await ingestWorld();
    try {
      return await refuseFour(world);
    } finally {
      await world.stop();
    }
  },
};

async function refuseFour(world: IngestWorld) {
  const { simulator } = world.upstream;
  const connect = (index: number) => world.connectPerson(index, "2026-11-23");
  const [dead, taken, refused, partly] = await inTurn([0, 1, 2, 3], connect);
  const others = await inTurn(
    Array.from({ length: OTHERS }, (_, each) => each + 4),
    connect,
  );
  // A consent is given by the real clock, which is ahead of this world's.
  await world.database.app.query("update study.connection set status_since = '2026-11-01'");
  world.setNow("2026-11-24T14:00:20Z");
  world.fault(
    { kind: "invalidGrant", participant: dead, rate: 1 },
    { kind: "unauthenticated", participant: refused, rate: 1 },
    { kind: "scopeMissing", participant: partly, rate: 1, path: "dataPoints:rollUp" },
  );
  simulator.revoke(taken ?? "");
  const four = [dead, taken, refused, partly].map(String);
  await inTurn([...four, ...others], (participant) => runOnce(world, participant));
  simulator.requests.reset();
  const revoked = [dead, taken].map(String);
  await inTurn([...revoked, ...revoked, ...revoked], (each) => runOnce(world, each));
  const found = await statusesOf(world, four);
  const states = await statusesOf(world, others);
  const figures = {
    ...(await alarmsOf(world)),
    requests_after_revocation: requestsOf(world),
    others_changed: states.filter((status) => status !== "active").length,
  };
  const isRight = found.join() === "reconsent_needed,reconsent_needed,active,scope_missing";
  const { events, ...none } = figures;
  return {
    passed: isRight && events === 3 && Object.values(none).every((number) => number === 0),
    figure: figureOf({ states: found.join(" "), ...figures }),
  };
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

async function statusesOf(world: IngestWorld, people: readonly string[]): Promise<string[]> {
  const found = await Promise.all(people.map((each) => world.connectionOf(each)));
  return found.map((connection) => connection?.status ?? "none");
}

async function alarmsOf({ database }: IngestWorld) {
  const { rowCount: events } = await database.app.query("select from study.connection_event");
  const { rowCount: alarms } = await database.app.query("select from study.pipeline_fault");
  return { events: events ?? 0, alarms: alarms ?? 0 };
}

const requestsOf = ({ upstream }: IngestWorld) =>
  Object.values(upstream.simulator.requests.counts()).reduce((sum, one) => sum + one.total, 0);
