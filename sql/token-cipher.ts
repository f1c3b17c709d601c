import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Grant } from "../sources/source.ts";

/** A grant as it lies in the database: nonce (12) ‖ tag (16) ‖ AES-256-GCM of JSON, and which key made it. */
export type SealedGrant = Readonly<{ keyId: string; ciphertext: Buffer }>;

export type TokenCipher = Readonly<{
  /** By which key it seals. */
  keyId: string;
  seal(grant: Grant, participantId: number): SealedGrant;
  open(sealed: SealedGrant, participantId: number): Grant;
}>;

/** A stored token that this installation's key does not open: somebody must put the right key back. */
export class TokenUnreadable extends Error {
  override readonly name = "TokenUnreadable";
}

const StoredGrant = z.strictObject({
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1),
  expiresAt: z.coerce.date(),
  grantExpiresAt: z.coerce.date().nullable(),
  scopes: z.array(z.string()),
});

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals grants with one 32-byte key given as 64 hex digits, and opens those of keys before it too. The participant's id
 * is associated data: a row copied to another participant does not open. Errors never hold key, token or ciphertext.
 */
export function createTokenCipher(keyHex: string, before: readonly string[] = []): TokenCipher {
  const [current, ...older] = [keyHex, ...before].map(readKey);
  const keys = new Map([...older, current].map((one) => [one?.keyId, one?.key]));
  if (current === undefined) throw new Error("TOKEN_KEY must be 64 hex digits");
  const { key, keyId } = current;
  return {
    keyId,
    seal(grant, participantId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated(participantId));
      const text = Buffer.concat([cipher.update(JSON.stringify(grant), "utf8"), cipher.final()]);
      return { keyId, ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), text]) };
    },
    open(sealed, participantId) {
      const opening = keys.get(sealed.keyId);
      if (opening === undefined) {
        throw new TokenUnreadable(
          `A stored token needs key ${sealed.keyId}; TOKEN_KEY is ${keyId}, and TOKEN_KEY_BEFORE has it not`,
        );
      }
      return StoredGrant.parse(JSON.parse(decrypt(opening, sealed.ciphertext, participantId)));
    },
  };
}

function readKey(hex: string): Readonly<{ key: Buffer; keyId: string }> {
  const key = Buffer.from(hex, "hex");
  if (key.length !== 32) throw new Error("TOKEN_KEY must be 64 hex digits");
  return { key, keyId: createHash("sha256").update(key).digest("hex").slice(0, 8) };
}

const associated = (participantId: number) => Buffer.from(`participant:${participantId}`);

function decrypt(key: Buffer, ciphertext: Buffer, participantId: number): string {
  const nonce = ciphertext.subarray(0, NONCE_BYTES);
  const tag = ciphertext.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(participantId)).setAuthTag(tag);
  const text = decipher.update(ciphertext.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    throw new TokenUnreadable(
      `The stored token of participant ${participantId} was altered or moved`,
    );
  }
}
