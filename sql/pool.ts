import pg from "pg";

/** Anything a query can be sent to: a pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool | pg.ClientBase, "query">;

const DATE = 1082;
const BIGINT = 20;

const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    // A local day is a word, not an instant: pg's default would turn it into one in the server's zone.
    if (oid === DATE) return (text: string) => text;
    if (oid === BIGINT) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/** How long things may take, in milliseconds; for ever where nothing is given. */
export type Patience = Readonly<{
  /** The server ends a statement after this (the embedded one cannot). */
  statementTimeoutMs?: number | undefined;
  /**
   * A connection that was not made, or whose query was not answered, in this time is thrown away: a database that
   * hangs would otherwise keep every connection for ever.
   */
  connectWithinMs?: number;
  queryWithinMs?: number;
}>;

/** A pool whose `date` columns come as `YYYY-MM-DD` and whose bigints come as numbers (all ours are < 2⁵³). */
export function createPool(
  connectionString: string,
  applicationName: string,
  max = 8,
  { statementTimeoutMs, connectWithinMs, queryWithinMs }: Patience = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: applicationName,
    max,
    types,
    ...(statementTimeoutMs !== undefined && { statement_timeout: statementTimeoutMs }),
    ...(connectWithinMs !== undefined && { connectionTimeoutMillis: connectWithinMs }),
    ...(queryWithinMs !== undefined && { query_timeout: queryWithinMs }),
  });
  // An idle client that loses its server is replaced on the next query, which reports the failure.
  pool.on("error", () => undefined);
  return pool;
}

/** One client with the same types, for migrations and maintenance. The caller connects and ends it. */
export function createClient(connectionString: string, applicationName: string): pg.Client {
  return new pg.Client({ connectionString, application_name: applicationName, types });
}

/** The only row of a result; throws with `what` when there is none. */
export function only<Row>(rows: readonly Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw new Error(`No such ${what}`);
  return row;
}
