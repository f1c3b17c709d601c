import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { seeded } from "../testing/pages.ts";
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

type Random = () => number;
type Tampering = (client: pg.ClientBase, random: Random) => Promise<unknown>;

const anySeq = (random: Random) => 1 + Math.floor(random() * ENTRIES);

/** Hashes everything anew from an entry on, as an owner who knows the recipe would. */
async function rebuild(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ seq: number }>("select seq from audit.entry order by seq");
  for (const { seq } of rows) {
    await client.query(
      `update audit.entry e set hash = sha256(convert_to(jsonb_build_array(
         coalesce((select encode(b.hash, 'hex') from audit.entry b where b.seq = e.seq - 1), ''), e.seq,
         (extract(epoch from e.at) * 1000000)::bigint, e.actor, e.action, e.entity, e.reason, e.detail)::text, 'UTF8'))
       where e.seq = $1::bigint`,
      [seq],
    );
  }
}

/** Of what an entry says, as against its hash. */
const contents = [
  "actor = 'nobody'",
  "action = 'other.thing'",
  "entity = 'P-999'",
  "reason = reason || ' '",
  "at = at + interval '1 microsecond'",
  "detail = detail || '{\"count\": 0}'",
  "detail = '{}'",
];
const changes = [...contents, "hash = sha256(hash)"];

const oneOf = (from: readonly string[], random: Random) => from[Math.floor(random() * from.length)];

const alterBy =
  (from: readonly string[]): Tampering =>
  (client, random) =>
    client.query(`update audit.entry set ${oneOf(from, random)} where seq = $1::bigint`, [
      anySeq(random),
    ]);
const alter = alterBy(changes);

const remove: Tampering = (client, random) =>
  client.query("delete from audit.entry where seq = $1::bigint", [anySeq(random)]);

const cutOff: Tampering = (client, random) =>
  client.query("delete from audit.entry where seq >= $1::bigint", [anySeq(random)]);

const swap: Tampering = async (client, random) => {
  const one = anySeq(random);
  const two = one === ENTRIES ? 1 : one + 1;
  await client.query("update audit.entry set seq = -1 where seq = $1::bigint", [one]);
  await client.query("update audit.entry set seq = $1::bigint where seq = $2::bigint", [one, two]);
  await client.query("update audit.entry set seq = $1::bigint where seq = -1", [two]);
};

const forge: Tampering = (client, random) =>
  client.query(
    `insert into audit.entry select $1::bigint, at, actor, action, entity, reason, detail, hash
     from audit.entry where seq = $2::bigint`,
    [random() < 0.5 ? ENTRIES + 1 : 0, anySeq(random)],
  );

/** The cleverest: what is left is a chain without a fault, only another one. */
const rewrite: Tampering = async (client, random) => {
  await alterBy(contents)(client, random);
  await rebuild(client);
};
const removeAndRenumber: Tampering = async (client, random) => {
  const seq = anySeq(random);
  await client.query("delete from audit.entry where seq = $1::bigint", [seq]);
  for (let next = seq + 1; next <= ENTRIES; next += 1) {
    await client.query("update audit.entry set seq = seq - 1 where seq = $1::bigint", [next]);
  }
  await rebuild(client);
};

const kinds = { alter, remove, cutOff, swap, forge, rewrite, removeAndRenumber };

/** Lets an owner tamper behind the guards' back, put the guards on again, and returns what is found; then undoes it. */
async function found(tamper: Tampering, random: Random): Promise<number> {
  const client = await database.owner.connect();
  try {
    await client.query("begin");
    await client.query("alter table audit.entry disable trigger all");
    await tamper(client, random);
    await client.query("alter table audit.entry enable trigger all");
    const { broken, lostHeads } = await verifyChain(client, heads);
    return broken.length + lostHeads.length;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

test(`every one of ${SEEDS} seeded tamperings of ${Object.keys(kinds).length} kinds is found`, async () => {
  const missed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const all = Object.entries(kinds);
    const [name, tamper] = all[seed % all.length] ?? ["none", alter];
    // So that a kind that changed nothing would not count as found.
    if ((await found(tamper, seeded(seed))) === 0) missed.push(`${name}, seed ${seed}`);
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
