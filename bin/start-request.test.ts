import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../config.ts";
import { readStart } from "./start-request.ts";

const KEY = "a".repeat(64);
const DATABASE_URL = "postgres://app@db.example/study";
const asked = (env: Record<string, string>, flags: Parameters<typeof readStart>[0] = {}) =>
  readStart(flags, readConfig(env));

test("without settings the embedded default runs the simulator", () => {
  assert.equal(asked({}).simulated, true);
  assert.equal(asked({}, { replay: "recordings" }).replay, "recordings");
});

test("simulated people enter a database of one's own only where they were asked for", () => {
  const own = { DATABASE_URL, TOKEN_KEY: KEY };
  assert.throws(() => asked(own), /set GOOGLE_CLIENT_ID .* or .* --demo/);
  assert.throws(() => asked(own, { replay: "recordings" }), /--demo/);
  assert.equal(asked(own, { demo: true }).simulated, true);
  assert.equal(asked({ ...own, GOOGLE_CLIENT_ID: "id" }).simulated, false);
});

test("simulated people beside a live source, an empty folder, a missing key and equal ports are refused in words", () => {
  const live = { GOOGLE_CLIENT_ID: "id" };
  assert.throws(() => asked(live, { demo: true }), /GOOGLE_CLIENT_ID is set/);
  assert.throws(() => asked({}, { replay: " " }), /--replay needs a folder/);
  assert.throws(() => asked({ ...live, DATABASE_URL }), /without TOKEN_KEY/);
  assert.throws(() => asked({ HTTP_PORT: "8090" }), /HTTP_PORT and SIMULATOR_PORT are both 8090/);
  assert.equal(asked({ HTTP_PORT: "0", SIMULATOR_PORT: "0" }).simulated, true);
});
