import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { seeded } from "../testing/pages.ts";
import { tamperings, tamperingsFound } from "../testing/tampering.ts";
import { writeAudit } from "./audit.ts";
import type { AuditHead } from "./audit-chain.ts";
import { readHead, verifyChain } from "./audit-chain.ts";

const ENTRIES = 30;
const SEEDS = 120;

let database: TestDatabase;
const heads: AuditHead[] = [];

before(async () => {
  database = await testDatabase();
  for (let index = 1; index <= ENTRIES; index += 1) {
    await writeAudit(database.app, {
      actor: `user-${index % 3}`,
      action: index % 2 ? "participant.pause" : "contact.read",
      entity: `P-${index}`,
      reason: `reason ${index}`,
      detail: { fields: ["email"], count: index },
    });
    // As somebody notes it outside: once in the middle, and at the end.
    const head = index % 15 === 0 ? await readHead(database.app) : null;
    if (head) heads.push(head);
  }
});
after(() => database.stop());

test("a chain nobody touched is whole, and says where it ends", async () => {
  const { entries, head, broken, lostHeads, guardsOff } = await verifyChain(database.app, heads);
  assert.deepEqual([entries, head], [ENTRIES, heads.at(-1)]);
  assert.deepEqual([broken, lostHeads, guardsOff], [[], [], []]);
});

test(`every one of ${SEEDS} seeded tamperings of ${Object.keys(tamperings).length} kinds is found`, async () => {
  const missed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const all = Object.entries(tamperings);
    const [name = "", tamper] = all[seed % all.length] ?? [];
    assert.ok(tamper);
    const attack = { tamper, random: seeded(seed), entries: ENTRIES, heads };
    // So that a kind that changed nothing would not count as found.
    if ((await tamperingsFound(database, attack)) === 0) missed.push(`${name}, seed ${seed}`);
  }
  assert.deepEqual(missed, []);
  const { broken, lostHeads } = await verifyChain(database.app, heads);
  assert.deepEqual([broken, lostHeads], [[], []], "each was undone");
});

test("an altered or missing entry is named by its number, and a chain without its end by the head it lost", async () => {
  const client = await database.owner.connect();
  await client.query("begin");
  await client.query("alter table audit.entry disable trigger all");
  await client.query("update audit.entry set reason = 'other' where seq = 7");
  await client.query("delete from audit.entry where seq = 20");
  await client.query("delete from audit.entry where seq > 28");
  const verdict = await verifyChain(client, heads);
  await client.query("rollback");
  client.release();
  assert.equal(verdict.broken[0], 7);
  assert.ok(verdict.broken.includes(21));
  assert.deepEqual(verdict.lostHeads, [heads[1]]);
  assert.deepEqual(verdict.guardsOff, ["chain", "refuse"]);
});
