import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

/** The roles one can sign in as: the owner of the tables, the product, and Grafana, which only reads views. */
export const roles = ["wearflow_owner", "wearflow_app", "grafana_reader"] as const;
export type Role = (typeof roles)[number];
export type Passwords = Readonly<Record<Role, string>>;

const PasswordsFile = z.record(z.enum(roles), z.string().min(16));

/** Random passwords of 24 bytes, safe in a URL. */
function generatePasswords(): Passwords {
  const password = () => randomBytes(24).toString("base64url");
  return { wearflow_owner: password(), wearflow_app: password(), grafana_reader: password() };
}

/** Reads a passwords file; throws one Error that names the file and what is wrong with it, never a password. */
export function readPasswords(file: string): Passwords {
  try {
    return PasswordsFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
    throw new Error(
      `The passwords file ${file} cannot be read${code}: it must be JSON with a password of at least 16 characters for each of ${roles.join(", ")}`,
      { cause },
    );
  }
}

function exists(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

/** Reads the passwords file, made on first use with mode 600. Two processes that make it at once agree. */
export function readOrCreatePasswords(file: string): Passwords {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${JSON.stringify(generatePasswords(), null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!exists(error)) throw error;
  } finally {
    rmSync(draft);
  }
  return readPasswords(file);
}
