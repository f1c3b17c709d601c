import { createHash, randomBytes } from "node:crypto";

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** A secret only its holder has, of 256 random bits, for cookies and one-time links, and what we keep of it. */
export function createToken(): Readonly<{ token: string; tokenHash: Buffer }> {
  const token = randomBytes(32).toString("base64url");
  return { token, tokenHash: sha256(token) };
}

/** What we keep of a token: whoever reads the database cannot use it. Null for what is no token. */
export function hashToken(token: string | undefined): Buffer | null {
  return token === undefined || !TOKEN.test(token) ? null : sha256(token);
}

const sha256 = (token: string) => createHash("sha256").update(token).digest();
