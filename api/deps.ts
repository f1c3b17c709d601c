import type { SecureHeadersVariables } from "hono/secure-headers";
import type { VisitorEnv } from "../auth/visitor.ts";
import type { Log } from "../log.ts";
import type { Queryable } from "../sql/pool.ts";

/** All the pages depend on. */
export type AppDeps = Readonly<{
  db: Queryable;
  clock: () => Date;
  /** Where a browser reaches the Temporal UI; null leaves its links out. */
  temporalUiUrl: string | null;
  temporalNamespace: string;
  /** The database is the embedded one, which is for trying out; every page says so. */
  embedded: boolean;
  /** Only the simulator is connected, on loopback and embedded: visitors are the demo coordinator. */
  demo: boolean;
  log: Pick<Log, "info" | "warn" | "error">;
  /** How often an open status page looks for changes. */
  pollMs?: number;
  /** How long a request may take as a whole, and one that brings a file. */
  pageWithinMs?: number;
  fileWithinMs?: number;
  /** Aborted when the process stops; ends the open event streams. */
  stopping?: AbortSignal;
}>;

export type AppEnv = {
  Variables: VisitorEnv["Variables"] & SecureHeadersVariables & { requestId: string };
};
