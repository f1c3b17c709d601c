import { createHash } from "node:crypto";
import type { Queryable } from "./pool.ts";

/** How many sign-ins may fail in a row before each next one has to wait: by login, and by address (a clinic has one). */
const FREE = { login: 5, address: 30 } as const;
const LONGEST_WAIT_SECONDS = 15 * 60;
const FORGOTTEN_HOURS = 24;

/** What a sign-in is counted under. */
export type SignInKeys = Readonly<{ login: string; address: string }>;

/** Without a connection, as in a test, there is no address to count by. */
function keysOf({ login, address }: SignInKeys): { keys: string[]; free: number[] } {
  const counted = [["login", login] as const, ["address", address] as const].filter(
    ([, value]) => value !== "",
  );
  return {
    keys: counted.map(([kind, value]) => `${kind}:${sha256(value)}`),
    free: counted.map(([kind]) => FREE[kind]),
  };
}

/** What somebody typed as a login may be a password: only its hash is kept. */
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * Counts a sign-in as failed before it is looked at, so that a thousand at once are not a thousand guesses; true when
 * it may be looked at. After the free ones the wait doubles with each: 2 s, 4 s, up to a quarter of an hour.
 */
export async function reserveAttempt(db: Queryable, who: SignInKeys): Promise<boolean> {
  const { keys, free } = keysOf(who);
  const { rowCount } = await db.query(
    `insert into pii.sign_in_attempt as a (key, failures, last_at, blocked_until)
     select key, 1, now(), now() from unnest($1::text[]) as g (key) order by key
     on conflict (key) do update set
       failures = case when a.last_at < now() - make_interval(hours => $3::int) then 1 else a.failures + 1 end,
       last_at = now(),
       blocked_until = case when a.last_at < now() - make_interval(hours => $3::int) then now()
         else now() + make_interval(secs => least($4::float8,
           case when a.failures + 1 > ($2::int[])[array_position($1::text[], a.key)]
             then power(2, least(a.failures + 1 - ($2::int[])[array_position($1::text[], a.key)], 20)) else 0 end)) end
     where a.blocked_until <= now()`,
    [keys, free, FORGOTTEN_HOURS, LONGEST_WAIT_SECONDS],
  );
  return rowCount === keys.length;
}

/** Forgets the failures under this login: its owner is in. An address keeps its own, or one good account would open it. */
export async function forgiveAttempts(db: Queryable, who: SignInKeys): Promise<void> {
  await db.query("delete from pii.sign_in_attempt where key = $1::text", [
    `login:${sha256(who.login)}`,
  ]);
  const address = keysOf({ login: "", address: who.address }).keys;
  await db.query(
    `update pii.sign_in_attempt set failures = greatest(1, failures - 1), blocked_until = now()
     where key = any($1::text[]) and failures <= $2::int`,
    [address, FREE.address],
  );
}

/** The stored password of this login and whose it is; both null for nobody, who is shut out, and who has none. */
export async function readPasswordHash(
  db: Queryable,
  login: string,
): Promise<Readonly<{ staffId: number; passwordHash: string }> | null> {
  const { rows } = await db.query<{ staffId: number; passwordHash: string }>(
    `select id as "staffId", password_hash as "passwordHash" from pii.staff
     where login = lower($1::text) and disabled_at is null and password_hash is not null`,
    [login],
  );
  return rows[0] ?? null;
}
