import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";

let world: IngestWorld;
before(async () => {
  world = await ingestWorld();
});
after(() => world.stop());

/** States of the final days, and the causes of what is missing in them with how many minutes. */
async function finalDays(participant: string) {
  const { rows } = await world.deps.db.query<{ state: string; missing: Record<string, number> }>(
    `select j.state, j.proof -> 'missingBy' as missing
     from study.judged_day j join study.participant p on p.id = j.participant_id
     where p.short_id = $1::text and j.proof ->> 'finalAt' is not null order by j.day`,
    [participant],
  );
  return rows;
}

/** Reads heart rate alone twice, far enough apart for days to be final. */
async function readTwice(participant: string): Promise<void> {
  for (const now of ["2026-11-24T12:00:20Z", "2026-11-24T22:00:20Z"]) {
    world.setNow(now);
    await runOnce(world, participant, { reads: () => false });
  }
}

test("a day all of whose heart rates were refused is a fault and not one that was not worn; taken over later, it is worn", async () => {
  const participant = await world.connectPerson(0, "2026-11-22");
  world.fault({ kind: "unalignedWindows", rate: 1, path: "heart-rate", participant });
  await readTwice(participant);
  const [refused] = await finalDays(participant);
  assert.equal(refused?.state, "pipeline_fault");
  assert.ok((refused?.missing["pipeline_fault"] ?? 0) > 600, JSON.stringify(refused));
  world.upstream.simulator.faults.clear();
  world.setNow("2026-11-25T12:00:20Z");
  await runOnce(world, participant, {
    reads: () => false,
    scheduledAt: "2026-11-22T12:00:00Z",
  });
  world.setNow("2026-11-25T22:00:20Z");
  await runOnce(world, participant, { reads: () => false });
  const [taken] = await finalDays(participant);
  assert.deepEqual([taken?.state, taken?.missing["pipeline_fault"]], ["valid", undefined]);
});
