import { refreshTouchedHours } from "../../sql/aggregates.ts";
import { compressChunks } from "../../sql/maintenance.ts";
import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const DAY_MS = 86_400_000;
const EPOCH = "2026-08-09";
const COMPRESSED_AFTER_DAYS = 14;

/** T17: three months arrive late, into days that were compressed and aggregated long ago. */
export const lateIntoCompressed: FaultTest<null> = {
  id: "T17",
  promise:
    "data 90 days late into compressed days: all of it there, and the hourly aggregate equal to the samples after one targeted refresh",
  async run() {
    const world = await ingestWorld({ epoch: EPOCH, participants: 3 });
    try {
      const { deps } = world;
      await runOnce(world, await world.connectPerson(0));
      await maintain(world);
      const late = await world.connectPerson(2);
      const began = performance.now();
      const { inserted } = await runOnce(world, late);
      const seconds = (performance.now() - began) / 1000;
      const compressed = await compressedChunks(world);
      const before = await hoursThatDiffer(world);
      await maintain(world);
      const after = await hoursThatDiffer(world);
      const truth = await world.truth(late);
      const stored = await world.stored(late);
      const missing = [...truth.keys()].filter((ms) => !stored.has(ms)).length;
      const [oldest = Number.NaN] = truth.keys();
      const days = Math.round((deps.clock().getTime() - oldest) / DAY_MS);
      return {
        passed: missing === 0 && before > 0 && after === 0 && compressed > 60 && days >= 90,
        figure: figureOf({
          days_late: days,
          rows: inserted,
          rows_a_second: Math.round(inserted / seconds),
          compressed_days: compressed,
          missing,
          hours_that_differ: before,
          after_the_refresh: after,
        }),
      };
    } finally {
      await world.stop();
    }
  },
};

/** What the product's schedules do: refresh what was touched, then compress behind the horizon. */
async function maintain({ database, deps }: IngestWorld): Promise<void> {
  await refreshTouchedHours(database.owner);
  const horizon = new Date(deps.clock().getTime() - COMPRESSED_AFTER_DAYS * DAY_MS);
  await compressChunks(database.owner, horizon);
}

async function compressedChunks({ database }: IngestWorld): Promise<number> {
  const { rows } = await database.owner.query<{ n: number }>(
    `select count(*)::int as n from timescaledb_information.chunks
     where hypertable_schema = 'study' and hypertable_name = 'sample' and is_compressed`,
  );
  return rows[0]?.n ?? 0;
}

/** Hours of anybody's dense series whose aggregate is not what the samples say. */
async function hoursThatDiffer({ database }: IngestWorld): Promise<number> {
  const { rows } = await database.owner.query<{ n: number }>(
    `with told as (
       select participant_id, series_id, hour, n, sum, min, max from study.sample_hour
     ), actual as (
       select participant_id, series_id, time_bucket(interval '1 hour', time) as hour, count(*)::int as n,
         sum(value)::bigint as sum, min(value) as min, max(value) as max
       from study.sample where series_id < 1000 group by 1, 2, 3
     )
     select count(*)::int as n from (
       (table told except table actual) union all (table actual except table told)) different`,
  );
  return rows[0]?.n ?? -1;
}
