import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { testDatabase } from "../testing/database.ts";
import { describeDatabase } from "./data-dictionary.ts";

test("docs/data-dictionary.md is what the database says of itself (npm run data-dictionary)", async () => {
  const database = await testDatabase();
  try {
    const written = await readFile(new URL("../docs/data-dictionary.md", import.meta.url), "utf8");
    assert.equal(written, await describeDatabase(database.owner));
  } finally {
    await database.stop();
  }
});
