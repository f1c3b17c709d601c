import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** Lets a role of migration 0001 log in with a password; needs a role that may alter it. Run twice = no change. */
export async function letLogIn(
  owner: Queryable,
  role: "wearflow_app" | "grafana_reader",
  password: string,
): Promise<void> {
  // DDL takes no parameters: the database itself quotes what goes in.
  const { rows } = await owner.query<{ statement: string }>(
    "select format('alter role %I login password %L', $1::text, $2::text) as statement",
    [role, password],
  );
  await owner.query(only(rows, "statement").statement);
}
