import { setTimeout as wait } from "node:timers/promises";
import { compare, isSound } from "../../testing/compare-with-truth.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import { readAnew } from "./runs.ts";
import { clearFaults, readCounts, resetCounts, setFaults } from "./upstream.ts";

const REFUSED_MS = 30_000;

/** Our own project is refused: the API disabled, and our client unknown to the token endpoint. */
export const projectRefused: FaultTest<Bench> = {
  id: "P",
  promise:
    "SERVICE_DISABLED and invalid_client for everybody: 0 connections changed, nobody asked to consent again, all read afterwards",
  async run({ installation, people }) {
    const before = await connectionsOf(installation);
    await resetCounts(installation);
    await setFaults(
      installation,
      { kind: "invalidClient", rate: 1 },
      { kind: "unauthenticated", rate: 0.5 },
      { kind: "serviceDisabled", rate: 1, path: "/v4/" },
    );
    const { incomplete } = await readAnew(installation, people, async () => {
      await wait(REFUSED_MS);
      await clearFaults(installation);
    });
    const after = await connectionsOf(installation);
    const { faults } = await readCounts(installation);
    const found = await compare(installation, people);
    const changed = after.states === before.states && after.events === before.events ? 0 : 1;
    return {
      passed: changed === 0 && incomplete.length === 0 && isSound(found),
      figure: figureOf({
        disabled: faults["serviceDisabled"] ?? 0,
        invalid_client: faults["invalidClient"] ?? 0,
        connections_changed: changed,
        states: after.states,
        ...found,
      }),
    };
  },
};

async function connectionsOf({ app }: Installation) {
  const { rows } = await app.query<{ status: string; n: number; events: number }>(
    `select c.status, count(*)::int as n, (select count(*)::int from study.connection_event) as events
     from study.connection c group by c.status order by c.status`,
  );
  return {
    states: rows.map(({ status, n }) => `${status} ${n}`).join(" "),
    events: rows[0]?.events ?? 0,
  };
}
