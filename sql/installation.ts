import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** Whether this database's installation was ever more than a demo. */
export async function hasDemoEnded(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ ended: boolean }>(
    "select demo_ended_at is not null as ended from study.installation",
  );
  return only(rows, "row of study.installation").ended;
}

/** Ends the demo for good: from now on nobody is signed in unasked, whatever the configuration says later. */
export async function endDemo(db: Queryable, why: string): Promise<void> {
  await db.query(
    `with ended as (
       update study.installation set demo_ended_at = now(), demo_ended_why = $1::text
       where demo_ended_at is null returning 1
     )
     select audit.note('api', 'demo.end', 'installation', $1::text, '{}') from ended`,
    [why],
  );
}
