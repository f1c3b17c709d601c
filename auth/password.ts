import type { BinaryLike } from "node:crypto";
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 50 ms here. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;
const MIN_LENGTH = 12;
const MAX_LENGTH = 200;
const MIN_DIFFERENT = 5;

const derive = promisify(argon2);
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The password as it is stored: argon2id in the PHC format, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive("argon2id", { ...COST, message: normal(password), nonce: salt });
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** Whether this is the password behind a stored hash. Without one (nobody has this login) the answer is no, after the same work. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = PHC.exec(stored ?? "");
  if (parts === null) {
    await derive("argon2id", {
      ...COST,
      message: normal(password),
      nonce: randomBytes(SALT_BYTES),
    });
    return false;
  }
  const [, memory, passes, parallelism, salt = "", hash = ""] = parts;
  const wanted = Buffer.from(hash, "base64");
  const got = await derive("argon2id", {
    message: normal(password),
    nonce: Buffer.from(salt, "base64"),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  });
  return timingSafeEqual(got, wanted);
}

/** What is wrong with a password somebody wants, in words; null when nothing is. */
export function passwordFault(password: string, login: string): string | null {
  const { length } = password;
  if (length < MIN_LENGTH) return `Use at least ${MIN_LENGTH} characters; a sentence is good`;
  if (length > MAX_LENGTH) return `Use at most ${MAX_LENGTH} characters`;
  if (new Set(password).size < MIN_DIFFERENT) return "Use more than a few different characters";
  if (login.length > 2 && password.toLowerCase().includes(login.toLowerCase()))
    return "It must not hold your login";
  return null;
}

/** The same password typed on another keyboard may come composed differently. */
const normal = (password: string): BinaryLike => password.normalize("NFKC");

const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
