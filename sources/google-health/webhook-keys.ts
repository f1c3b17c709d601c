import type { Keyset } from "./webhook-signature.ts";
import { isSignedBy, readKeyset, readSignature } from "./webhook-signature.ts";

export type VerifierOptions = Readonly<{
  keysetUrl: string;
  clock: () => Date;
  fetch?: typeof globalThis.fetch;
  timeoutMs?: number;
}>;

/** `unknown`: the keys cannot be had now, so that nothing can be said; the sender tries again. */
export type Verdict = "signed" | "forged" | "unknown";

export type Verifier = (header: string, body: Buffer) => Promise<Verdict>;

const KEPT_MS = 86_400_000;
/** A signature that names a key nobody knows makes us look again, but not more often than this: anybody can send one. */
const LOOK_AGAIN_MS = 60_000;
const LONGEST_KEYSET = 100_000;

type Held = Readonly<{ keys: Keyset; at: number }>;

/** Judges signatures by Google's published keys, which change every month: kept for a day, looked up anew for a new one. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { clock } = options;
  let held: Held | null = null;
  let looking: Promise<Held | null> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<Held | null> => {
    lookedAt = clock().getTime();
    const keys = await fetchKeyset(options);
    if (keys !== null) held = { keys, at: lookedAt };
    return held;
  };
  const lookOnce = () => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  const keyOf = async (keyId: number) => {
    const now = clock().getTime();
    const isFresh = held !== null && now - held.at < KEPT_MS;
    if (isFresh && held?.keys.has(keyId)) return held.keys.get(keyId);
    if (now - lookedAt >= LOOK_AGAIN_MS || looking !== null) await lookOnce();
    return held?.keys.get(keyId);
  };
  return async (header, body) => {
    const read = readSignature(header);
    if (read === null) return "forged";
    const key = await keyOf(read.keyId);
    if (key === undefined) return held === null ? "unknown" : "forged";
    return isSignedBy(key, body, read.signature) ? "signed" : "forged";
  };
}

/** The keys as published now; null where they cannot be had. */
async function fetchKeyset({
  keysetUrl,
  fetch = globalThis.fetch,
  timeoutMs = 5_000,
}: VerifierOptions): Promise<Keyset | null> {
  try {
    const reply = await fetch(keysetUrl, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await reply.text();
    if (!reply.ok || text.length > LONGEST_KEYSET) return null;
    const keys = readKeyset(JSON.parse(text));
    return keys.size === 0 ? null : keys;
  } catch {
    return null;
  }
}
