import type pg from "pg";
import type { AuditHead } from "../sql/audit-chain.ts";
import { verifyChain } from "../sql/audit-chain.ts";
import type { TestDatabase } from "./database.ts";

type Random = () => number;
/** One way in which who owns the tables alters the audit; `entries` is how many there are, numbered from 1. */
type Tampering = (client: pg.ClientBase, random: Random, entries: number) => Promise<unknown>;

const anySeq = (random: Random, entries: number) => 1 + Math.floor(random() * entries);

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
  (client, random, entries) =>
    client.query(`update audit.entry set ${oneOf(from, random)} where seq = $1::bigint`, [
      anySeq(random, entries),
    ]);
const alter = alterBy(changes);

const remove: Tampering = (client, random, entries) =>
  client.query("delete from audit.entry where seq = $1::bigint", [anySeq(random, entries)]);

const cutOff: Tampering = (client, random, entries) =>
  client.query("delete from audit.entry where seq >= $1::bigint", [anySeq(random, entries)]);

const swap: Tampering = async (client, random, entries) => {
  const one = anySeq(random, entries);
  const two = one === entries ? 1 : one + 1;
  await client.query("update audit.entry set seq = -1 where seq = $1::bigint", [one]);
  await client.query("update audit.entry set seq = $1::bigint where seq = $2::bigint", [one, two]);
  await client.query("update audit.entry set seq = $1::bigint where seq = -1", [two]);
};

const forge: Tampering = (client, random, entries) =>
  client.query(
    `insert into audit.entry select $1::bigint, at, actor, action, entity, reason, detail, hash
     from audit.entry where seq = $2::bigint`,
    [random() < 0.5 ? entries + 1 : 0, anySeq(random, entries)],
  );

/** The cleverest: what is left is a chain without a fault, only another one. */
const rewrite: Tampering = async (client, random, entries) => {
  await alterBy(contents)(client, random, entries);
  await rebuild(client);
};
const removeAndRenumber: Tampering = async (client, random, entries) => {
  const seq = anySeq(random, entries);
  await client.query("delete from audit.entry where seq = $1::bigint", [seq]);
  for (let next = seq + 1; next <= entries; next += 1) {
    await client.query("update audit.entry set seq = seq - 1 where seq = $1::bigint", [next]);
  }
  await rebuild(client);
};

/** Every kind of tampering, by name. */
export const tamperings: Readonly<Record<string, Tampering>> = {
  alter,
  remove,
  cutOff,
  swap,
  forge,
  rewrite,
  removeAndRenumber,
};

type Attack = Readonly<{
  tamper: Tampering;
  random: Random;
  entries: number;
  /** Ends of the chain that were noted outside. */
  heads: readonly AuditHead[];
}>;

/** Lets an owner tamper behind the guards' back, put the guards on again, and returns what is found; then undoes it. */
export async function tamperingsFound(
  { owner }: Pick<TestDatabase, "owner">,
  { tamper, random, entries, heads }: Attack,
): Promise<number> {
  const client = await owner.connect();
  try {
    await client.query("begin");
    await client.query("alter table audit.entry disable trigger all");
    await tamper(client, random, entries);
    await client.query("alter table audit.entry enable trigger all");
    const { broken, lostHeads } = await verifyChain(client, heads);
    return broken.length + lostHeads.length;
  } finally {
    await client.query("rollback");
    client.release();
  }
}
