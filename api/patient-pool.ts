import type { createPool } from "../sql/pool.ts";

type Pool = ReturnType<typeof createPool>;

const CONNECT_WITHIN_MS = 10_000;
const QUERY_WITHIN_MS = 60_000;

/**
 * The pool, told to throw away a connection that was not made, or whose query was not answered, in this time. A
 * database that hangs would otherwise keep every connection for ever, and the pages would not come back with it. This
 * is longer than any request waits, so that it never cuts off what somebody still waits for.
 */
export function patient(
  pool: Pool,
  { connectWithinMs = CONNECT_WITHIN_MS, queryWithinMs = QUERY_WITHIN_MS } = {},
): Pool {
  Object.assign(pool.options, {
    connectionTimeoutMillis: connectWithinMs,
    query_timeout: queryWithinMs,
  });
  return pool;
}
