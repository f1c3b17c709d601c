import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action, Role } from "./can.ts";
import { can } from "./can.ts";

const roles: readonly Role[] = ["coordinator", "researcher", "ops", "admin"];
const expected: Readonly<Record<Action, readonly Role[]>> = {
  "status.read": roles,
  "participant.read": roles,
  "live.read": roles,
  "runs.open": ["coordinator", "ops", "admin"],
  "study.change": ["coordinator", "admin"],
  "participant.change": ["coordinator", "admin"],
};

test("each role may do exactly what the table grants, over the full matrix", () => {
  for (const [action, may] of Object.entries(expected)) {
    for (const role of roles) {
      assert.equal(can(role, action as Action), may.includes(role), `${role} ${action}`);
    }
  }
});
