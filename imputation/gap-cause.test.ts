import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { GAP_CAUSES, HARD_LIMIT_MINUTES, refuse } from "./gap-cause.ts";

const RULES = { longestGapMinutes: 120, acrossNonWear: false };

test("the causes are those the database knows, no more and no fewer", async () => {
  const sql = await readFile(
    new URL("../sql/migrations/0008_gaps_and_imputation.sql", import.meta.url),
    "utf8",
  );
  const list = /cause in \(([^)]*)\)/.exec(sql)?.[1] ?? "";
  assert.deepEqual(
    [...list.matchAll(/'(\w+)'/g)].map(([, cause]) => cause),
    [...GAP_CAUSES],
  );
});

for (const cause of ["not_worn", "charging", "battery_empty"] as const)
  test(`one minute of ${cause} is refused because nothing was worn`, () => {
    assert.match(refuse(cause, 1, RULES)?.reason ?? "", /^nothing was worn/);
  });

for (const cause of [
  "not_yet_synced",
  "not_authorised",
  "source_outage",
  "pipeline_fault",
] as const)
  test(`one minute of ${cause} is pending: its truth may still come`, () => {
    assert.equal(refuse(cause, 1, RULES)?.pending, true);
  });

for (const cause of ["device_memory_exceeded", "outside_participation"] as const)
  test(`one minute of ${cause} is refused for good`, () => {
    assert.equal(refuse(cause, 1, RULES)?.pending, false);
  });

test("a long non-wear is refused for non-wear, not for its length", () => {
  assert.match(refuse("not_worn", 2000, RULES)?.reason ?? "", /^nothing was worn/);
});

test("non-wear may be filled where the study asks for it", () => {
  assert.equal(refuse("not_worn", 60, { ...RULES, acrossNonWear: true }), null);
});

test("what may still come is never filled, whatever the study asks for", () => {
  assert.equal(refuse("not_yet_synced", 60, { ...RULES, acrossNonWear: true })?.pending, true);
});

test("a drop-out of the sensor is filled up to the study's limit and not beyond", () => {
  assert.equal(refuse("sensor_dropout", 120, RULES), null);
  assert.match(refuse("sensor_dropout", 121, RULES)?.reason ?? "", /longer than the 120 minutes/);
});

test("no study's limit goes beyond six hours", () => {
  const rules = { ...RULES, longestGapMinutes: 1440 };
  assert.equal(refuse("sensor_dropout", HARD_LIMIT_MINUTES, rules), null);
  assert.notEqual(refuse("sensor_dropout", HARD_LIMIT_MINUTES + 1, rules), null);
});

test("a gap nobody can explain is filled for a quarter of an hour", () => {
  assert.equal(refuse("short_unknown", 15, RULES), null);
  assert.match(refuse("short_unknown", 16, RULES)?.reason ?? "", /wear is not proven/);
});
