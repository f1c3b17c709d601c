import { createToken } from "../auth/secret-token.ts";
import type { Queryable } from "../sql/pool.ts";
import { only } from "../sql/pool.ts";
import type { StaffRole, StaffSite } from "../sql/staff.ts";
import { addStaff } from "../sql/staff.ts";
import { beginSession } from "../sql/staff-sessions.ts";

/** Makes a member of staff and signs them in; what a browser sends as its Cookie header. */
export async function signInAs(
  db: Queryable,
  login: string,
  role: StaffRole,
  site: StaffSite | null = null,
): Promise<string> {
  await addStaff(db, { login, role, site }, { by: "a test", why: "to test" });
  const { rows } = await db.query<{ id: number }>(
    "select id from pii.staff where login = $1::text",
    [login],
  );
  const staffId = only(rows, "member of staff").id;
  const { token, tokenHash } = createToken();
  await beginSession(db, { staffId, tokenHash, replaces: null, how: "by a test" });
  return `wearflow-session=${token}`;
}
