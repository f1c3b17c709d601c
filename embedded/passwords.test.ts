import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readOrCreatePasswords } from "./passwords.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-passwords-"));
after(() => rmSync(folder, { recursive: true }));

test("passwords are made once, differ by role, and only their owner may read the file", () => {
  const file = join(folder, "deep", "passwords.json");
  const made = readOrCreatePasswords(file);
  assert.deepEqual(readOrCreatePasswords(file), made);
  assert.equal(new Set(Object.values(made)).size, 3);
  for (const password of Object.values(made)) assert.match(password, /^[\w-]{32}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});
