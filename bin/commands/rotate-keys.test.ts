import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readEarlierSecrets, readOrCreateSecret } from "../../embedded/secret.ts";
import { connect } from "../../sql/connect.ts";
import { readConnection } from "../../sql/connections.ts";
import { createContactCipher } from "../../sql/contact-cipher.ts";
import { readContact, saveContact } from "../../sql/contacts.ts";
import { rotateKeys } from "../../sql/key-rotation.ts";
import { createTokenCipher } from "../../sql/token-cipher.ts";
import { testDatabase } from "../../testing/database.ts";
import { enrol } from "../../testing/people.ts";
import { runCommand } from "../../testing/run-command.ts";
import { rotateKeysCommand } from "./rotate-keys.ts";

const database = await testDatabase();
const { app: db } = database;
const folder = mkdtempSync(join(tmpdir(), "wearflow-keys-"));
after(async () => {
  rmSync(folder, { recursive: true });
  await database.stop();
});

const because = { by: "a test", why: "to test" };
const [old, fresh, lost] = [1, 2, 3].map(() => randomBytes(32).toString("hex")) as [
  string,
  string,
  string,
];
const grantOf = (name: string) => ({
  accessToken: `ya29.${name}`,
  refreshToken: `1//${name}`,
  expiresAt: new Date("2026-11-25T05:00:00Z"),
  grantExpiresAt: null,
  scopes: ["a"],
});

/** Somebody whose token and contact data lie under this key. */
async function somebody(shortId: string, key: string): Promise<number> {
  const id = await enrol(db, shortId);
  const grant = grantOf(shortId);
  await connect(db, id, "google-health", {
    sealed: createTokenCipher(key).seal(grant, id),
    scopes: grant.scopes,
    accessExpiresAt: grant.expiresAt,
    grantExpiresAt: null,
    providerUserId: shortId,
  });
  const email = `${shortId.toLowerCase()}@home.example`;
  const card = { name: "Kari", email, language: "nb", emailConsent: true };
  await saveContact({ db, cipher: createContactCipher(key) }, { id, shortId }, card, because);
  return id;
}

const run = (t: Parameters<typeof runCommand>[0], env: Record<string, string>, ...args: string[]) =>
  runCommand(t, database, rotateKeysCommand, { env, args: [...args, "--why", "yearly"] });

test("what lies under the key before is put under the new one, opens with it alone, and a second time is nothing", async (t) => {
  const ids: number[] = [];
  for (let each = 0; each < 3; each += 1) ids.push(await somebody(`K-${each}`, old));
  const env = { TOKEN_KEY: fresh, TOKEN_KEY_BEFORE: old };
  const link = createContactCipher(old).sign("consent:1");
  assert.ok(createContactCipher(fresh, [old]).isSigned("consent:1", link), "links go on working");
  assert.match(
    await run(t, env),
    /3 tokens and 3 contact keys[\s\S]*Nothing is under a key before/,
  );
  const [tokens, contacts] = [createTokenCipher(fresh), createContactCipher(fresh)];
  for (const [index, id] of ids.entries()) {
    const connection = await readConnection(db, id, "google-health");
    assert.ok(connection?.sealed);
    assert.deepEqual(tokens.open(connection.sealed, id), grantOf(`K-${index}`));
    assert.equal(connection.tokenVersion, 0, "it is the same grant: nobody has to read it again");
    assert.equal((await readContact({ db, cipher: contacts }, id))?.name, "Kari");
    const { rowCount } = await db.query("select from pii.contact where email_hmac = $1::bytea", [
      contacts.fingerprint(`k-${index}@home.example`),
    ]);
    assert.equal(rowCount, 1, "and is found by its address");
  }
  assert.match(await run(t, env), /^0 tokens and 0 contact keys/);
  assert.equal(
    (await db.query("select from audit.entry where action = 'keys.rotate'")).rowCount,
    2,
  );
});

test("a key that is missing is said so, what it sealed is left as it is, and all else is put under the new key", async (t) => {
  await somebody("K-8", lost);
  await somebody("K-9", old);
  const env = { TOKEN_KEY: fresh, TOKEN_KEY_BEFORE: old };
  await assert.rejects(run(t, env), /2 are still under another key[\s\S]*TOKEN_KEY_BEFORE/);
  assert.match(
    await run(t, { ...env, TOKEN_KEY_BEFORE: `${old},${lost}` }),
    /1 tokens and 1 contact/,
  );
});

test("a grant that is renewed in the middle of it is not overwritten", async () => {
  const id = await somebody("K-7", old);
  const tokens = createTokenCipher(fresh, [old]);
  const renewed = tokens.seal(grantOf("renewed"), id);
  const meddling = {
    ...tokens,
    seal(...given: Parameters<typeof tokens.seal>) {
      // Another process stores its renewal between our reading and our writing.
      renewal ??= db.query(
        "update study.connection set token_ciphertext = $2::bytea, token_key_id = $3::text where participant_id = $1::int",
        [id, renewed.ciphertext, renewed.keyId],
      );
      return tokens.seal(...given);
    },
  };
  let renewal: Promise<unknown> | null = null;
  await rotateKeys({ db, tokens: meddling, contacts: createContactCipher(fresh, [old]) });
  await renewal;
  const connection = await readConnection(db, id, "google-health");
  assert.ok(connection?.sealed);
  assert.equal(tokens.open(connection.sealed, id).refreshToken, "1//renewed");
});

test("a new key of npm start's own is made beside the one before, and only their owner may read either", async (t) => {
  const file = join(folder, "token-key");
  const first = readOrCreateSecret(file, { mayCreate: true });
  for (let round = 1; round <= 2; round += 1) {
    assert.match(await run(t, { DATA_DIR: folder }, "--new"), /Stop npm start and start it again/);
    assert.equal(readEarlierSecrets(file).length, round);
  }
  assert.equal(readEarlierSecrets(file).at(-1), first);
  assert.notEqual(readFileSync(file, "utf8").trim(), first);
  for (const each of [file, `${file}-before`]) assert.equal(statSync(each).mode & 0o777, 0o600);
  await assert.rejects(run(t, { TOKEN_KEY: fresh }, "--new"), /openssl rand -hex 32/);
});
