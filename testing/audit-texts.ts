import type { Queryable } from "../sql/pool.ts";

/** Every text that is kept of what people and programs did: audit, events, runs; for tests that look for secrets. */
export async function readTexts(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ text: string }>(
    `select to_jsonb(e)::text as text from audit.entry e
     union all select to_jsonb(e)::text from study.consent_event e
     union all select to_jsonb(l)::text from study.consent_link l
     union all select to_jsonb(r)::text from study.ingest_run r
     union all select status_reason from study.connection`,
  );
  return rows.map(({ text }) => text).join("\n");
}
