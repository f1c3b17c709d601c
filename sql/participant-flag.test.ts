import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Person } from "../api/study-for-tests.ts";
import { fillStudy } from "../api/study-for-tests.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { listToSave } from "./participant-ledger.ts";
import type { Flag } from "./status.ts";
import { readStatuses } from "./status.ts";

const never = { fetchedHoursAgo: null, syncHoursAgo: null, battery: null, days: [] } as const;
const DAYS_LOW = [900, 300, 900, 0, 900, 599, 900, 900, 900];
/** One participant of each kind with the flags that must hold; every day but the last two is final. */
const KINDS: readonly (readonly [Person, readonly Flag[]])[] = [
  [{ id: "well" }, []],
  [{ id: "just-active", syncHoursAgo: 48.4 }, []],
  [{ id: "silent", syncHoursAgo: 49 }, ["no_sync"]],
  [{ id: "at-risk", syncHoursAgo: 121 }, ["data_at_risk", "no_sync"]],
  [{ id: "low-wear", days: DAYS_LOW }, ["low_wear"]],
  [{ id: "nearly-low", days: [900, 300, 900, 0, 900, 600, 900, 900, 900] }, []],
  [{ id: "not-final", days: [100, 100, 100, 100], final: false }, []],
  [{ id: "revoked", connection: "revoked" }, ["connection"]],
  [{ id: "refused", connection: "revoked", outcome: "not_authorised" }, ["connection"]],
  [{ id: "refused-at-once", outcome: "not_authorised" }, ["incomplete"]],
  [
    { id: "unconnected", connection: null, ...never, enrolledDaysAgo: 0 },
    ["connection", "incomplete"],
  ],
  [{ id: "partial", outcome: "partial" }, ["incomplete"]],
  [{ id: "skipped", outcome: "skipped" }, ["incomplete"]],
  // We could not look since: it had been silent for 33 h by then, and nobody is said to have stopped syncing.
  [{ id: "unseen", syncHoursAgo: 61, fetchedHoursAgo: 28 }, ["incomplete"]],
  [{ id: "never-read", ...never }, ["incomplete"]],
  [{ id: "paused", state: "paused", syncHoursAgo: 300, days: DAYS_LOW }, []],
  [{ id: "withdrawn", state: "withdrawn", connection: "revoked", syncHoursAgo: 300 }, []],
  [{ id: "completed", state: "completed", connection: null }, []],
  [{ id: "invited", state: "invited", connection: null, ...never }, []],
  [{ id: "no-device", syncHoursAgo: null, battery: null }, []],
  [{ id: "no-device-new", syncHoursAgo: null, battery: null, days: [], enrolledDaysAgo: 0 }, []],
  [
    { id: "no-device-old", syncHoursAgo: null, battery: null, days: [], enrolledDaysAgo: 4 },
    ["no_sync"],
  ],
];

let database: TestDatabase;
const flags = new Map<string, readonly Flag[]>();
before(async () => {
  database = await testDatabase();
  await fillStudy(
    database.app,
    new Date(),
    KINDS.map(([person]) => person),
  );
  for (const one of await readStatuses(database.app, new Date()))
    flags.set(one.participant, one.flags);
});
after(() => database.stop());

for (const [{ id }, expected] of KINDS)
  test(`S66, S78: flags of somebody ${id}: ${expected.join(" and ") || "none"}`, () => {
    assert.deepEqual(flags.get(id), expected);
  });

test("S63: no flag is ever null, whatever is known", async () => {
  const { rows } = await database.app.query<{ nulls: number }>(
    `select count(*)::int as nulls from reporting.participant_flag
     where num_nulls(active, inactive, low_wear, low_sleep, consent_needed, data_at_risk, incomplete, fresh, fault_in_window) > 0`,
  );
  assert.deepEqual(rows, [{ nulls: 0 }]);
});

test("whom to call first is told by the time left before the device forgets", async () => {
  const list = await listToSave(database.app);
  assert.deepEqual(
    list.map(({ participant, atRisk }) => [participant, atRisk]),
    [
      ["at-risk", true],
      ["silent", false],
      ["no-device-old", false],
    ],
  );
  const [first] = list;
  const left = (first?.saveUntil?.getTime() ?? 0) - Date.now();
  assert.ok(left > 46 * 3_600_000 && left < 47.1 * 3_600_000, String(left));
});

test("the study's own limits decide: an hour without a sync, a day of a minute", async () => {
  await database.owner.query(
    `update study.setting set settings = settings || '{"inactiveHours": 1, "lowWearDays": 4}'`,
  );
  const rows = await readStatuses(database.app, new Date());
  const of = (id: string) => rows.find(({ participant }) => participant === id)?.flags;
  assert.deepEqual([of("well"), of("low-wear")], [["no_sync"], ["no_sync"]]);
});
