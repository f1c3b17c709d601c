import type { DigestCount } from "../sql/digests.ts";
import { readDigestCounts } from "../sql/digests.ts";
import { CALL_AFTER } from "../sql/message-rules.ts";
import type { Queryable } from "../sql/pool.ts";
import { listStudies } from "../sql/studies.ts";
import type { DigestStudy } from "./digest.ts";
import { digestFor } from "./digest.ts";

type Site = Parameters<typeof digestFor>[1];

/** Reads everything that waits, in all studies, once for all readers; answers what each may know of it. */
export async function readDigest(
  db: Queryable,
  publicUrl: string,
): Promise<(site: Site) => readonly DigestStudy[]> {
  const all = await listStudies(db);
  const counts: DigestCount[] = [];
  for (const study of all) counts.push(...(await readDigestCounts(db, study, CALL_AFTER)));
  const studies = new Map(all.map(({ slug, name }) => [slug, name]));
  return (site) => digestFor({ studies, counts, publicUrl }, site);
}
