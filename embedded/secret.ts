import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { replaceFile } from "./replace-file.ts";

/**
 * A secret of 32 random bytes as 64 hex digits, kept in a file of mode 600 that is made on first use, while it may
 * be. Throws where it may not, and where the file holds something else: a lost key is not silently replaced by one
 * that opens nothing.
 */
export function readOrCreateSecret(
  file: string,
  { mayCreate }: Readonly<{ mayCreate: boolean }>,
): string {
  if (!mayCreate && !existsSync(file))
    throw new Error(
      `${file} is not there, but a database that needs it is: put the key back from a copy; without it no stored token can be opened`,
    );
  try {
    writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const secret = readFileSync(file, "utf8").trim();
  if (/^[0-9a-f]{64}$/.test(secret)) return secret;
  throw new Error(
    `${file} does not hold 64 hex digits: put the key back that belongs to this folder's database`,
  );
}

/** Where the keys lie that a key file held before, the newest first, one a line. */
const beforeFile = (file: string) => `${file}-before`;

/** The keys a key file held before, the newest first; none where it was never changed. */
export function readEarlierSecrets(file: string): readonly string[] {
  if (!existsSync(beforeFile(file))) return [];
  return readFileSync(beforeFile(file), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Puts a fresh secret into the file and the one before beside it. The old one is safe before the new one is there. */
export function replaceSecret(file: string): void {
  const old = readOrCreateSecret(file, { mayCreate: false });
  const earlier = [old, ...readEarlierSecrets(file).filter((each) => each !== old)];
  replaceFile(beforeFile(file), `${earlier.join("\n")}\n`, 0o600);
  replaceFile(file, `${randomBytes(32).toString("hex")}\n`, 0o600);
}
