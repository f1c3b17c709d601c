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
  /** A fresh key of this participant's, wrapped. */
  createKey(participantId: number): WrappedKey;
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
export function createContactCipher(keyHex: string): ContactCipher {
  const master = Buffer.from(keyHex, "hex");
  if (master.length !== KEY_BYTES) throw new Error("TOKEN_KEY must be 64 hex digits");
  const derive = (use: string) =>
    Buffer.from(hkdfSync("sha256", master, "", `wearflow ${use}`, KEY_BYTES));
  const wrapKey = derive("contact wrap");
  const lookupKey = derive("contact look-up");
  const linkKey = derive("link signature");
  const keyId = createHash("sha256").update(wrapKey).digest("hex").slice(0, 8);

  const unwrap = ({ keyId: needed, wrapped }: WrappedKey, participantId: number) => {
    if (needed !== keyId) {
      throw new ContactUnreadable(`Contact data needs key ${needed}; TOKEN_KEY gives ${keyId}`);
    }
    return decrypt(wrapKey, wrapped, `key:${participantId}`);
  };
  const sign = (text: string) => createHmac("sha256", linkKey).update(text).digest("base64url");
  return {
    createKey: (participantId) => ({
      keyId,
      wrapped: encrypt(wrapKey, randomBytes(KEY_BYTES), `key:${participantId}`),
    }),
    seal: (text, key, { participantId, about }) =>
      encrypt(unwrap(key, participantId), Buffer.from(text, "utf8"), `${about}:${participantId}`),
    open: (sealed, key, { participantId, about }) =>
      decrypt(unwrap(key, participantId), sealed, `${about}:${participantId}`).toString("utf8"),
    fingerprint: (value) => createHmac("sha256", lookupKey).update(value.toLowerCase()).digest(),
    sign,
    isSigned: (text, signature) => {
      const [wanted, got] = [Buffer.from(sign(text)), Buffer.from(signature)];
      return wanted.length === got.length && timingSafeEqual(wanted, got);
    },
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
