import assert from "node:assert/strict";
import { test } from "node:test";
import { readStaffGroups, staffOfGroups } from "./staff-groups.ts";

const entries = readStaffGroups(
  "trial admins=admin, oslo-nurses=coordinator:sleep-2/Oslo Ø, nurses=coordinator:*, stats=researcher",
);

test("the first entry that names one of somebody's groups says what they are and where", () => {
  assert.deepEqual(staffOfGroups(entries, ["nurses", "oslo-nurses"]), {
    group: "oslo-nurses",
    role: "coordinator",
    site: { study: "sleep-2", name: "Oslo Ø" },
  });
  assert.equal(staffOfGroups(entries, ["nurses"])?.site, null);
  assert.equal(staffOfGroups(entries, ["stats", "trial admins"])?.role, "admin");
});

test("whose groups no entry names is nobody here", () => {
  assert.equal(staffOfGroups(entries, ["Admins", "admin", ""]), null);
  assert.equal(staffOfGroups(readStaffGroups(""), ["stats"]), null);
});

test("an entry that is no role, a coordinator without a site and a site that is none are told in words", () => {
  for (const text of [
    "nurses",
    "a=boss",
    "nurses=coordinator",
    "x=admin:s/Oslo",
    "n=coordinator:Oslo",
  ]) {
    assert.throws(() => readStaffGroups(text), /^Error: OIDC_GROUPS: /, text);
  }
});
