import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** What becomes of the data of who has withdrawn, and how far that has come. */
export type Withdrawal = Readonly<{
  wish: "keep" | "erase";
  askedAt: Date;
  grantEndedAt: Date | null;
  erasedAt: Date | null;
  samplesErased: number;
  rowsErased: number;
  doneAt: Date | null;
}>;

/** Null for who has not withdrawn. */
export async function readWithdrawal(db: Queryable, shortId: string): Promise<Withdrawal | null> {
  const { rows } = await db.query<Withdrawal>(
    `select w.wish, w.asked_at as "askedAt", w.grant_ended_at as "grantEndedAt", w.erased_at as "erasedAt",
       w.samples_erased::float8 as "samplesErased", w.rows_erased::float8 as "rowsErased", w.done_at as "doneAt"
     from study.withdrawal w join study.participant p on p.id = w.participant_id where p.short_id = $1::text`,
    [shortId],
  );
  return rows[0] ?? null;
}

/** Asks for the data of who has withdrawn before to be erased as well. */
export async function askErasure(
  db: Queryable,
  shortId: string,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with asked as (
       update study.withdrawal w set wish = 'erase', asked_at = now(), done_at = null
       from study.participant p
       where p.id = w.participant_id and p.short_id = $1::text and p.state = 'withdrawn' and w.wish = 'keep'
       returning w.participant_id
     )
     select audit.note($2::text, 'participant.erase', $1::text, $3::text, '{}'), nextval('study.change_counter')
     from asked`,
    [shortId, by, why],
  );
  if (rowCount === 1) return;
  const known = await readWithdrawal(db, shortId);
  throw new Refusal(
    "why",
    known === null ? `${shortId} has not withdrawn` : "That was asked for already",
  );
}

/** Withdrawals with something left to do and nobody seen to do it for some minutes, the longest waiting first. */
export async function listOpenWithdrawals(
  db: Queryable,
): Promise<readonly Readonly<{ participant: string; study: string }>[]> {
  const { rows } = await db.query<{ participant: string; study: string }>(
    `select p.short_id as participant, s.slug as study
     from study.withdrawal w
     join study.participant p on p.id = w.participant_id
     join study.study s on s.id = p.study_id
     where w.done_at is null order by w.asked_at limit 500`,
  );
  return rows;
}

/** Notes what was erased; the counts of several rounds add up. */
export async function noteErased(
  db: Queryable,
  participantId: number,
  { samples, rows }: Readonly<{ samples: number; rows: number }>,
): Promise<void> {
  await db.query(
    `update study.withdrawal set erased_at = now(), samples_erased = samples_erased + $2::bigint,
       rows_erased = rows_erased + $3::bigint
     where participant_id = $1::int`,
    [participantId, samples, rows],
  );
}

/** Takes the stored grant away, and says in the connection why there is none. */
export async function noteGrantEnded(
  db: Queryable,
  participantId: number,
  source: string,
): Promise<void> {
  await db.query(
    `with ended as (
       update study.connection set status = 'revoked', status_reason = 'withdrawn: the grant was given back',
         status_since = now(), token_key_id = null, token_ciphertext = null, access_expires_at = null,
         grant_expires_at = null, token_version = token_version + 1, refresh_lease_until = null
       where participant_id = $1::int and source = $2::text and token_ciphertext is not null
       returning participant_id
     )
     update study.withdrawal w set grant_ended_at = now() from ended e where w.participant_id = e.participant_id`,
    [participantId, source],
  );
}

/**
 * Ends a withdrawal, with a row of the audit that says how it went. False where more was asked for meanwhile: data
 * that was to be kept is to be erased after all.
 */
export async function finishWithdrawal(
  db: Queryable,
  shortId: string,
  did: Withdrawal["wish"],
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with done as (
       update study.withdrawal w set done_at = now() from study.participant p
       where p.id = w.participant_id and p.short_id = $1::text and w.wish = $2::text and w.done_at is null
       returning w.*
     )
     select audit.note('withdrawal', case when wish = 'erase' then 'participant.erased' else 'participant.closed' end,
       $1::text, 'after the withdrawal', jsonb_build_object('grant_given_back', grant_ended_at is not null,
         'samples_erased', samples_erased, 'rows_erased', rows_erased)), nextval('study.change_counter')
     from done`,
    [shortId, did],
  );
  if (rowCount === 1) return true;
  const now = await readWithdrawal(db, shortId);
  return now === null || now.wish === did;
}
