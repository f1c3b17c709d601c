import type { Queryable } from "./pool.ts";

/** Of one participant, the lines of a file that were stored before, as the part of its address behind `#`. */
export type StoredPiece = Readonly<{ participantId: number; lines: string }>;

/** The pieces stored so far of the file with this content (SHA-256 in hex), whatever its name was. */
export async function listStoredPieces(db: Queryable, sha256: string): Promise<StoredPiece[]> {
  const { rows } = await db.query<StoredPiece>(
    `select distinct participant_id as "participantId", split_part(url, '#', 2) as lines
     from study.fetch
     where sha256 = $1::bytea and method = 'FILE'`,
    [Buffer.from(sha256, "hex")],
  );
  return rows;
}
