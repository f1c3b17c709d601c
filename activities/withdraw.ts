import { AuthorizationRevoked } from "../sources/errors.ts";
import type { Grant } from "../sources/source.ts";
import { readConnection } from "../sql/connections.ts";
import { eraseParticipant } from "../sql/deletion.ts";
import { mustFindParticipant } from "../sql/participant-changes.ts";
import type { Queryable } from "../sql/pool.ts";
import type { TokenCipher } from "../sql/token-cipher.ts";
import type { Withdrawal } from "../sql/withdrawals.ts";
import {
  finishWithdrawal,
  listOpenWithdrawals,
  noteErased,
  noteGrantEnded,
  readWithdrawal,
} from "../sql/withdrawals.ts";
import type { FailureLog } from "./failure.ts";
import { whileBeating } from "./heartbeat.ts";

type Person = Readonly<{ study: string; participant: string }>;

export type WithdrawDeps = Readonly<{
  db: Queryable;
  /** A connection whose role owns the tables: erasing refreshes what was aggregated. */
  owner: Queryable;
  sourceName: string;
  authorizer: Readonly<{ revoke(grant: Grant): Promise<void> }>;
  cipher: TokenCipher;
  /** Takes the schedule away and ends the runs that are under way. */
  endRuns: (person: Person) => Promise<Readonly<{ schedules: number; runs: number }>>;
  /** Starts the workflow of a withdrawal that has none. */
  startWithdrawal: (person: Person) => Promise<void>;
  log: FailureLog;
}>;

/** What is left to do once somebody has withdrawn. Every step may be done again. */
export function createWithdrawActivities(deps: WithdrawDeps) {
  const { db, owner, log } = deps;
  const guarded = <Value>(work: () => Promise<Value>) => whileBeating(log, work);
  return {
    /** What was asked for; `none` for who has not withdrawn. */
    readWithdrawalWish: ({ participant }: Person): Promise<Withdrawal["wish"] | "none"> =>
      guarded(async () => (await readWithdrawal(db, participant))?.wish ?? "none"),

    endParticipantRuns: (person: Person) => guarded(() => deps.endRuns(person)),

    /** Gives the grant back to the provider and takes it away here; false where there was none. */
    endGrant: ({ participant }: Person): Promise<Readonly<{ given: boolean }>> =>
      guarded(async () => ({ given: await giveBack(deps, participant) })),

    /** Erases what was measured and written; the last round takes the connection too. */
    eraseWithdrawn: ({ participant, last }: Person & Readonly<{ last: boolean }>) =>
      guarded(async () => {
        const { id } = await mustFindParticipant(db, participant);
        const erased = await eraseParticipant(owner, id, { keepConnection: !last });
        await noteErased(db, id, erased);
        return erased;
      }),

    /** False where more was asked for meanwhile. */
    finishWithdrawal: ({ participant, did }: Person & Readonly<{ did: Withdrawal["wish"] }>) =>
      guarded(() => finishWithdrawal(db, participant, did)),

    /** Starts the workflow of withdrawals with something left to do, as after a day without Temporal. */
    startOpenWithdrawals: (): Promise<Readonly<{ started: number }>> =>
      guarded(async () => {
        const open = await listOpenWithdrawals(db);
        for (const each of open) await deps.startWithdrawal(each);
        return { started: open.length };
      }),
  };
}

async function giveBack(
  { db, sourceName, authorizer, cipher }: WithdrawDeps,
  participant: string,
): Promise<boolean> {
  const { id } = await mustFindParticipant(db, participant);
  const connection = await readConnection(db, id, sourceName);
  if (connection === null || connection.sealed === null) return false;
  try {
    await authorizer.revoke(cipher.open(connection.sealed, id));
  } catch (error) {
    // Dead already: that is what was wanted.
    if (!(error instanceof AuthorizationRevoked)) throw error;
  }
  await noteGrantEnded(db, id, sourceName);
  return true;
}
