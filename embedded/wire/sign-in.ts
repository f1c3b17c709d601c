import { createHash, timingSafeEqual } from "node:crypto";
import type { Passwords, Role } from "../passwords.ts";
import { roles } from "../passwords.ts";
import type { WireError } from "./messages.ts";
import { message, parameterStatus, readCString, readyForQuery } from "./messages.ts";
import { refuseValue } from "./set-rules.ts";

export const DATABASE = "postgres";

const codes: ReadonlyMap<number, "cancel" | "encrypt" | "start"> = new Map([
  [80_877_102, "cancel"],
  [80_877_103, "encrypt"],
  [80_877_104, "encrypt"],
  [196_608, "start"],
]);

/** What the first packet asks for. "encrypt" is SSL or GSS encryption: loopback has neither. */
export type FirstPacket = Readonly<
  | { kind: "cancel" | "encrypt" | "unknown" }
  | { kind: "start"; parameters: ReadonlyMap<string, string> }
>;

/** Reads a start-up packet; protocol 3.0 only, which every client falls back to. */
export function readFirstPacket(bytes: Buffer): FirstPacket {
  const kind = codes.get(bytes.readInt32BE(4)) ?? "unknown";
  if (kind !== "start") return { kind };
  const parameters = new Map<string, string>();
  let offset = 8;
  while (offset < bytes.length - 1) {
    const name = readCString(bytes, offset);
    const value = readCString(bytes, name.next);
    if (name.text !== "") parameters.set(name.text.toLowerCase(), value.text);
    offset = value.next;
  }
  return { kind, parameters };
}

/** `options` of libpq: -c NAME=VALUE and --NAME=VALUE, where a backslash keeps a blank. */
function readOptions(options: string): [string, string][] {
  const words = options.match(/(?:\\.|[^\s\\])+/g) ?? [];
  const texts = words.map((text) => text.replaceAll(/\\(.)/g, "$1"));
  const settings = texts
    .filter((text) => text !== "-c")
    .map((text) => text.replace(/^(-c|--)/, ""));
  return settings.map((text) => {
    const at = text.indexOf("=");
    return [text.slice(0, at).replaceAll("-", "_").toLowerCase(), text.slice(at + 1)];
  });
}

const notSettings = new Set([
  "user",
  "database",
  "options",
  "replication",
  "client_encoding",
  "application_name",
]);

/** The settings a client asks for at start-up, or the reason one of them is refused. */
export function readStartupSettings(parameters: ReadonlyMap<string, string>): {
  settings: Map<string, string>;
  refusal: string | null;
} {
  const given = [...parameters].filter(
    ([name]) => !notSettings.has(name) && !name.startsWith("_pq_."),
  );
  const settings = new Map([...readOptions(parameters.get("options") ?? ""), ...given]);
  const refusals = [...settings].map(([name, value]) => refuseValue(name, value));
  return { settings, refusal: refusals.find((refusal) => refusal !== null) ?? null };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The role, if user and password fit. Takes equally long for an unknown user and a wrong password. */
export function checkPassword(passwords: Passwords, user: string, password: string): Role | null {
  const role = roles.find((name) => name === user);
  const known = digest(role === undefined ? "" : passwords[role]);
  const same = timingSafeEqual(known, digest(password));
  return same && role !== undefined ? role : null;
}

export function wrongPassword(user: string): WireError {
  return {
    severity: "FATAL",
    code: "28P01",
    message: `password authentication failed for user ${JSON.stringify(user.slice(0, 63))}`,
  };
}

export function unknownDatabase(name: string): WireError {
  return {
    severity: "FATAL",
    code: "3D000",
    message: `database ${JSON.stringify(name.slice(0, 63))} does not exist`,
    hint: `The embedded server has one database, ${DATABASE}.`,
  };
}

/** AuthenticationCleartextPassword: enough over loopback, and every client knows it. */
export function askForPassword(): Buffer {
  return message("R", Buffer.from([0, 0, 0, 3]));
}

/** Everything from AuthenticationOk to the first ReadyForQuery. `reported` are the server's own parameters. */
export function welcome(
  reported: ReadonlyMap<string, string>,
  role: Role,
  parameters: ReadonlyMap<string, string>,
): Buffer {
  const own = new Map([
    ["application_name", parameters.get("application_name") ?? ""],
    ["is_superuser", "off"],
    ["session_authorization", role],
  ]);
  for (const [name] of reported) {
    const asked = parameters.get(name.toLowerCase());
    if (asked !== undefined) own.set(name, asked);
  }
  // Cancelling is impossible (a query blocks the whole process), so the key identifies nothing.
  const key = Buffer.alloc(8);
  const statuses = [...new Map([...reported, ...own])].map(([name, value]) =>
    parameterStatus(name, value),
  );
  return Buffer.concat([
    message("R", Buffer.from([0, 0, 0, 0])),
    ...statuses,
    message("K", key),
    readyForQuery("I"),
  ]);
}
