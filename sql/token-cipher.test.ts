import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createTokenCipher } from "./token-cipher.ts";

const grant = {
  accessToken: "ya29.secret",
  refreshToken: "1//also-secret",
  expiresAt: new Date("2026-11-25T05:00:00Z"),
  grantExpiresAt: null,
  scopes: ["a", "b"],
};
const key = randomBytes(32).toString("hex");

test("a sealed grant opens to what it was, and holds no readable token", () => {
  const cipher = createTokenCipher(key);
  const sealed = cipher.seal(grant, 7);
  assert.deepEqual(cipher.open(sealed, 7), grant);
  assert.equal(sealed.ciphertext.includes("secret"), false);
});

test("a grant sealed for one participant does not open for another", () => {
  const cipher = createTokenCipher(key);
  assert.throws(() => cipher.open(cipher.seal(grant, 7), 8), /altered or moved/);
});

test("a single changed bit anywhere in a sealed grant is noticed", () => {
  const cipher = createTokenCipher(key);
  const { keyId, ciphertext } = cipher.seal(grant, 7);
  for (let index = 0; index < ciphertext.length; index += 1) {
    const altered = Buffer.from(ciphertext);
    altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
    assert.throws(() => cipher.open({ keyId, ciphertext: altered }, 7), /altered or moved/);
  }
});

test("S7: a grant sealed with another key says which key it needs, without showing either", () => {
  const sealed = createTokenCipher(randomBytes(32).toString("hex")).seal(grant, 7);
  assert.throws(
    () => createTokenCipher(key).open(sealed, 7),
    (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, new RegExp(sealed.keyId));
      assert.equal(error.message.includes(key), false);
      return true;
    },
  );
});
