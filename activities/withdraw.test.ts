import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { readContact } from "../sql/contacts.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import { askErasure, readWithdrawal } from "../sql/withdrawals.ts";
import { draftTo } from "../testing/drafts.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import { runOnce } from "../testing/run-once.ts";
import { createWithdrawActivities } from "./withdraw.ts";

const world = await ingestWorld({ participants: 4 });
after(() => world.stop());
const { app: db, owner } = world.database;
const { authorizer, cipher: tokens, source } = world.consenting;
const contacts = { db, cipher: createContactCipher(randomBytes(32).toString("hex")) };
const because = { by: "ola", why: "they asked" };
const ended: string[] = [];
const { eraseWithdrawn, endGrant, finishWithdrawal, readWithdrawalWish, startOpenWithdrawals } =
  createWithdrawActivities({
    db,
    owner,
    sourceName: source.name,
    authorizer,
    cipher: tokens,
    endRuns: async () => ({ schedules: 0, runs: 0 }),
    startWithdrawal: async ({ participant }) => void ended.push(participant),
    log: { error: () => undefined },
  });

/** Somebody with measurements, steps, imputation inputs, an address, a message and a journey. */
async function somebody(index: number) {
  const participant = await world.connectPerson(index);
  await runOnce(world, participant);
  await draftTo(contacts, participant, `0d1c9a36-7c0e-4f7c-9d6f-0a3f5f0f1a0${index}`);
  const person = await findParticipant(db, participant);
  assert.ok(person);
  await db.query(
    "insert into study.participant_zone (participant_id, from_at, time_zone) values ($1::int, date_trunc('minute', now()), 'Asia/Tokyo')",
    [person.id],
  );
  await owner.query("call refresh_continuous_aggregate('study.sample_hour', null, null)");
  return { study: "test", participant, id: person.id };
}

/** How many rows each table has of somebody. */
async function rowsOf(id: number): Promise<Record<string, number>> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.columns
     where column_name = 'participant_id' and table_schema in ('study', 'pii')`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await owner.query<{ n: number }>(
      `select count(*)::int as n from ${name} where participant_id = $1::int`,
      [id],
    );
    if (rows[0]?.n) counts[name] = rows[0].n;
  }
  return counts;
}

const stored = async (sql: string, id: number) =>
  (await db.query<{ n: number }>(sql, [id])).rows[0]?.n;

const hasToken = (id: number) =>
  stored(
    "select count(token_ciphertext)::int as n from study.connection where participant_id = $1::int",
    id,
  );

test("S87, S88, T26: to withdraw and have everything erased leaves states, one zone and the audit, and nobody else loses a row", async () => {
  const other = await somebody(0);
  const othersBefore = await rowsOf(other.id);
  const { id, ...person } = await somebody(1);
  const full = await rowsOf(id);
  assert.ok((full["study.sample"] ?? 0) > 10_000 && (full["study.sample_hour"] ?? 0) > 100);
  await changeState(db, { shortId: person.participant, verb: "withdraw", erase: true }, because);
  assert.equal((await persist(readWithdrawalWish, person)).result, "erase");

  const first = await persist(eraseWithdrawn, { ...person, last: false });
  assert.equal(first.result?.samples, full["study.sample"]);
  assert.equal(await readContact(contacts, id), null);
  assert.equal(await hasToken(id), 1, "the grant has yet to be given back");
  assert.deepEqual((await persist(endGrant, person)).result, { given: true });
  await persist(eraseWithdrawn, { ...person, last: true });
  const again = await persist(eraseWithdrawn, { ...person, last: true });
  assert.deepEqual(again.result, { samples: 0, rows: 0 });
  assert.equal((await persist(finishWithdrawal, { ...person, did: "erase" })).result, true);

  assert.deepEqual(await rowsOf(id), {
    "study.participant_state_change": 2,
    "study.participant_state_span": 2,
    "study.participant_zone": 1,
    "study.withdrawal": 1,
  });
  assert.deepEqual(await rowsOf(other.id), othersBefore);
  assert.equal((await findParticipant(db, person.participant))?.state, "withdrawn");
  const { rows: audit } = await db.query<{ action: string; actor: string }>(
    "select action, actor from audit.entry where entity = $1::text order by seq desc limit 2",
    [person.participant],
  );
  assert.deepEqual(audit, [
    { action: "participant.erased", actor: "withdrawal" },
    { action: "participant.withdraw", actor: "ola" },
  ]);
});

test("S14, S79: to withdraw and keep the data gives the grant back and keeps every measurement; erasing can be asked for later", async () => {
  const { id, ...person } = await somebody(2);
  const { participant } = person;
  const refusal = await askErasure(db, participant, because).catch((error: unknown) => error);
  assert.ok(refusal instanceof Refusal, "who takes part is not erased");
  await changeState(db, { shortId: participant, verb: "withdraw" }, because);
  const before = await rowsOf(id);
  await persist(endGrant, person);
  assert.equal(await hasToken(id), 0);
  assert.equal((await world.connectionOf(participant))?.status, "revoked");
  assert.deepEqual((await persist(endGrant, person)).result, { given: false }, "again is nothing");
  assert.deepEqual(await rowsOf(id), before);
  const found = await runOnce(world, participant);
  assert.equal(found.outcome, "skipped");

  ended.length = 0;
  await persist(startOpenWithdrawals, undefined);
  assert.deepEqual(ended, [participant], "what nobody has finished is started again");
  // Asked for while the rest was under way: what kept the data may not call itself the end.
  await askErasure(db, participant, because);
  assert.equal((await persist(finishWithdrawal, { ...person, did: "keep" })).result, false);
  await assert.rejects(askErasure(db, participant, because), /asked for already/);
  await persist(eraseWithdrawn, { ...person, last: true });
  assert.equal((await persist(finishWithdrawal, { ...person, did: "erase" })).result, true);
  const known = await readWithdrawal(db, participant);
  assert.ok(known?.doneAt && known.samplesErased > 10_000);
  await persist(startOpenWithdrawals, undefined);
  assert.deepEqual(ended, [participant]);
});

test("who has completed may withdraw and be erased; their last day stays what it was", async () => {
  const { id, ...person } = await somebody(3);
  const shortId = person.participant;
  await changeState(db, { shortId, verb: "complete", lastDay: "2026-11-20" }, because);
  await changeState(db, { shortId, verb: "withdraw", erase: true }, because);
  assert.equal((await findParticipant(db, shortId))?.endedOn, "2026-11-20");
  await persist(eraseWithdrawn, { ...person, last: true });
  assert.equal((await rowsOf(id))["study.sample"], undefined);
});
