import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readConfig } from "./config.ts";

test("an empty environment gives the documented defaults", () => {
  const config = readConfig({});
  assert.equal(config.HTTP_PORT, 8001);
  assert.equal(config.DATABASE_PORT, 5433);
  assert.equal(config.TEMPORAL_PORT, 7233);
  assert.equal(config.TEMPORAL_UI_PORT, 8233);
  assert.equal(config.SIMULATOR_PORT, 8090);
  assert.equal(config.DATA_DIR, ".wearflow");
  assert.equal(config.DATABASE_URL, undefined);
});

test("every faulty variable is named at once, with what is wrong, and no secret is repeated", () => {
  const wrong = {
    HTTP_PORT: "eighty",
    DATABASE_URL: "mysql://secret@db",
    TOKEN_KEY: "short-secret",
  };
  assert.throws(
    () => readConfig(wrong),
    (error) => {
      assert.ok(error instanceof Error);
      for (const name of Object.keys(wrong)) assert.match(error.message, new RegExp(name));
      assert.equal(error.message.includes("secret"), false);
      return true;
    },
  );
});

test("an empty value is the same as an absent one", () => {
  assert.equal(readConfig({ DATABASE_URL: "", GOOGLE_CLIENT_ID: " " }).DATABASE_URL, undefined);
});

test("a variable that is set but empty does not stop a number's default", () => {
  assert.equal(readConfig({ HTTP_PORT: "" }).HTTP_PORT, 8001);
});

test(".env.example, README and the code name the same variables", async () => {
  const names = (text: string, pattern: RegExp) =>
    new Set([...text.matchAll(pattern)].map(([, name]) => name));
  const source = await readFile(new URL("./config.ts", import.meta.url), "utf8");
  const example = await readFile(new URL("./.env.example", import.meta.url), "utf8");
  const inCode = names(source, /^ {2}([A-Z][A-Z_]+):/gm);
  const inExample = names(example, /^#?([A-Z][A-Z_]+)=/gm);
  // Set by npm start for its children, or by every shell; nobody sets them by hand.
  for (const internal of ["PATH", "EMBEDDED", "SIMULATOR_URL"]) inCode.delete(internal);
  assert.deepEqual([...inExample].toSorted(), [...inCode].toSorted());
});
