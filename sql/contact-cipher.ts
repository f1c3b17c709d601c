import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** A participant's key as it lies in the database, and which outer key opens it. */
export type WrappedKey = Readonly<{ keyId: string; wrapped: Buffer }>;

export type ContactCipher = Readonly<{
  /** By which outer key it wraps. */
  keyId: string;
  /** A fresh key of this participant's, wrapped. */
  createKey(participantId: number): WrappedKey;
  /** The same key, wrapped by the outer key of today. */
  rewrap(key: WrappedKey, participantId: number): WrappedKey;
  /** Seals a text under a participant's key; `about` says what it is and opens nothing else. */
  seal(text: string, key: WrappedKey, owner: Owner): Buffer;
  open(sealed: Buffer, key: WrappedKey, owner: Owner): string;
  /** For exact look-up of an address, and to say in the audit that a value changed without saying what to. */
  fingerprint(value: string): Buffer;
  /** A proof that a link was made by us, and its check. */
  sign(text: string): string;
  isSigned(text: string, signature: string): boolean;
}>;

/** Whose the text is and what: `contact`, or a message by its id. A row copied elsewhere does not open. */
export type Owner = Readonly<{ participantId: number; about: string }>;

/** Sealed personal data that does not open: another key, an altered row, or one that was erased. */
class ContactUnreadable extends Error {
  override readonly name = "ContactUnreadable";
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Seals names, addresses and messages, each participant's under a key of their own, which is wrapped by a key derived
 * from TOKEN_KEY (64 hex digits): deleting the wrapped key erases the person here, and with the outer key gone, from
 * every backup. Each use has a derived
 * key of its own, so none says anything about another. Errors hold no value.
 */
export function createContactCipher(keyHex: string, before: readonly string[] = []): ContactCipher {
  const current = deriveKeys(keyHex);
  const all = [current, ...before.map(deriveKeys)];
  const { wrapKey, lookupKey, keyId } = current;

  const unwrap = ({ keyId: needed, wrapped }: WrappedKey, participantId: number) => {
    const outer = all.find((keys) => keys.keyId === needed);
    if (outer === undefined) {
      throw new ContactUnreadable(
        `Contact data needs key ${needed}; TOKEN_KEY gives ${keyId}, and TOKEN_KEY_BEFORE has it not`,
      );
    }
    return decrypt(outer.wrapKey, wrapped, `key:${participantId}`);
  };
  const wrap = (key: Buffer, participantId: number) => ({
    keyId,
    wrapped: encrypt(wrapKey, key, `key:${participantId}`),
  });
  return {
    keyId,
    createKey: (participantId) => wrap(randomBytes(KEY_BYTES), participantId),
    rewrap: (key, participantId) => wrap(unwrap(key, participantId), participantId),
    seal: (text, key, { participantId, about }) =>
      encrypt(unwrap(key, participantId), Buffer.from(text, "utf8"), `${about}:${participantId}`),
    open: (sealed, key, { participantId, about }) =>
      decrypt(unwrap(key, participantId), sealed, `${about}:${participantId}`).toString("utf8"),
    fingerprint: (value) => createHmac("sha256", lookupKey).update(value.toLowerCase()).digest(),
    sign: (text) => signWith(current.linkKey, text),
    // A link outlives the key it was signed by, for as long as that key is kept.
    isSigned: (text, signature) =>
      all.some(({ linkKey }) => {
        const [wanted, got] = [Buffer.from(signWith(linkKey, text)), Buffer.from(signature)];
        return wanted.length === got.length && timingSafeEqual(wanted, got);
      }),
  };
}

function signWith(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** What one key gives: a key of its own for each use. */
function deriveKeys(hex: string) {
  const master = Buffer.from(hex, "hex");
  if (master.length !== KEY_BYTES) throw new Error("TOKEN_KEY must be 64 hex digits");
  const derive = (use: string) =>
    Buffer.from(hkdfSync("sha256", master, "", `wearflow ${use}`, KEY_BYTES));
  const wrapKey = derive("contact wrap");
  return {
    wrapKey,
    lookupKey: derive("contact look-up"),
    linkKey: derive("link signature"),
    keyId: createHash("sha256").update(wrapKey).digest("hex").slice(0, 8),
  };
}

/** nonce (12) ‖ tag (16) ‖ AES-256-GCM. */
function encrypt(key: Buffer, plain: Buffer, associated: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(associated));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function decrypt(key: Buffer, sealed: Buffer, associated: string): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(associated)).setAuthTag(tag);
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    throw new ContactUnreadable("Sealed personal data was altered or moved");
  }
}
