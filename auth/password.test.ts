import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, passwordFault, verifyPassword } from "./password.ts";

test("a password is stored as argon2id at OWASP's cost, with a salt of its own, and only it fits", async () => {
  const [one, two] = await Promise.all([
    hashPassword("correct horse"),
    hashPassword("correct horse"),
  ]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword("correct horse", one), true);
  assert.equal(await verifyPassword("Correct horse", one), false);
});

test("a password typed on another keyboard is the same password", async () => {
  assert.equal(
    await verifyPassword("re\u0301sume\u0301 2026", await hashPassword("r\u00e9sum\u00e9 2026")),
    true,
  );
});

test("nobody's password fits: not without a hash, not with a broken one", async () => {
  for (const stored of [null, "", "$argon2id$", "plain"]) {
    assert.equal(await verifyPassword("", stored), false);
  }
});

test("a password that is short, monotonous, endless or holds the login is refused in words", () => {
  assert.match(String(passwordFault("elevenchars", "ola")), /at least 12/);
  assert.match(String(passwordFault("aaaaaaaaaaaabbb", "ola")), /different/);
  assert.match(String(passwordFault("x y z w v u t".repeat(20), "ola")), /at most 200/);
  assert.match(String(passwordFault("I am Ola Nordmann", "ola")), /login/);
  assert.equal(passwordFault("a long sentence 7", "ola"), null);
});
