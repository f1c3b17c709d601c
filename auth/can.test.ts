import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action, Role, Subject } from "./can.ts";
import { ACTIONS, can, ROLES } from "./can.ts";

const oslo = { study: "sleep-2", name: "Oslo" };
const ofOslo: Subject = { study: "sleep-2", site: "Oslo" };
const others: readonly Subject[] = [
  { study: "sleep-2", site: "Leeds" },
  { study: "sleep-3", site: "Oslo" },
  { study: "sleep-2", site: null },
];

/** Who may do a thing at all, and who of these only to participants of their own site. */
const expected: Readonly<Record<Action, Readonly<{ may: readonly Role[]; own: readonly Role[] }>>> =
  {
    "status.read": { may: ROLES, own: ["coordinator"] },
    "participant.read": { may: ROLES, own: ["coordinator"] },
    "participant.fetch": { may: ["coordinator", "ops", "admin"], own: ["coordinator"] },
    "participant.audit": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "live.read": { may: ROLES, own: [] },
    "runs.open": { may: ["coordinator", "ops", "admin"], own: [] },
    "study.change": { may: ["admin"], own: [] },
    "participant.change": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "participant.import": { may: ["admin"], own: [] },
    "contact.read": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "contact.change": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "message.read": { may: ["coordinator", "ops", "admin"], own: ["coordinator"] },
    "digest.read": { may: ["coordinator", "ops", "admin"], own: ["coordinator"] },
    "rules.read": { may: ["coordinator", "ops", "admin"], own: ["coordinator"] },
    "rules.change": { may: ["admin"], own: [] },
    "message.send": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "data.read": { may: ROLES, own: ["coordinator"] },
    "imputation.start": { may: ROLES, own: ["coordinator"] },
    "consent.change": { may: ["coordinator", "admin"], own: ["coordinator"] },
    "campaign.run": { may: ["admin"], own: [] },
    "audit.read": { may: ["admin"], own: [] },
  };

test("bound to a site, each role may do exactly what the table grants, over the full matrix", () => {
  for (const action of ACTIONS) {
    const { may, own } = expected[action];
    for (const role of ROLES) {
      const holder = { role, site: oslo };
      const label = `${role} ${action}`;
      assert.equal(can(holder, action), may.includes(role), label);
      assert.equal(can(holder, action, ofOslo), may.includes(role), label);
      for (const other of others) {
        const reaches = may.includes(role) && !own.includes(role);
        assert.equal(can(holder, action, other), reaches, `${label} ${JSON.stringify(other)}`);
      }
    }
  }
});

test("a coordinator of every site may also change studies and import, and reaches everybody", () => {
  const holder = { role: "coordinator", site: null } as const;
  for (const action of ["study.change", "participant.import", "participant.change"] as const) {
    assert.equal(can(holder, action), true, action);
    for (const other of others) assert.equal(can(holder, action, other), true, action);
  }
  assert.equal(can(holder, "audit.read"), false);
});
