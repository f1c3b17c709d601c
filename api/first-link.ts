import { setTimeout as wait } from "node:timers/promises";
import { createToken } from "../auth/secret-token.ts";
import type { Queryable } from "../sql/pool.ts";
import { LINK_HOURS, makeFirstLink } from "../sql/staff-links.ts";
import type { DemoGate } from "./demo-gate.ts";
import { isDatabaseUnreachable } from "./failures.ts";

const AGAIN_MS = 5000;

type FirstLink = Readonly<{
  db: Queryable;
  demo: DemoGate;
  publicUrl: string;
  stopping: AbortSignal;
  say: (line: string) => void;
}>;

/**
 * Prints the one-time link that makes the first administrator, where nobody is signed in unasked and nobody has an
 * account. A database that is not there yet is waited for, because nobody else could get in.
 */
export async function offerFirstLink(wish: FirstLink): Promise<void> {
  while (!wish.stopping.aborted) {
    try {
      return await offerOnce(wish);
    } catch (error) {
      if (!isDatabaseUnreachable(error)) throw error;
      await wait(AGAIN_MS, undefined, { signal: wish.stopping }).catch(() => undefined);
    }
  }
}

async function offerOnce({ db, demo, publicUrl, say }: FirstLink): Promise<void> {
  if (await demo()) return;
  const { token, tokenHash } = createToken();
  if (!(await makeFirstLink(db, { tokenHash, by: "api" }))) return;
  say(
    `Nobody has an account yet. Make the first administrator's (once, within ${LINK_HOURS} h): ${publicUrl}/sign-in/link?token=${token}`,
  );
}
