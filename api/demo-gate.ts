import { endDemo, hasDemoEnded } from "../sql/installation.ts";
import type { Queryable } from "../sql/pool.ts";

/** Whether visitors are signed in as the demo coordinator; rejects while that cannot be known. */
export type DemoGate = () => Promise<boolean>;

/**
 * The demo is on where the configuration allows it and the database never served anything but a demo: an
 * installation that was opened once, or had a source or a database of its own, does not become one again. Until the
 * database has said so nobody is signed in.
 */
export function createDemoGate(db: Queryable, allowed: boolean): DemoGate {
  let known: boolean | null = null;
  return async () => {
    if (known !== null) return known;
    if (!allowed) await endDemo(db, "a live source, a database of its own or an open address");
    known = allowed && !(await hasDemoEnded(db));
    return known;
  };
}
