import { createHash } from "node:crypto";
import { cStrings, message, readCString } from "./messages.ts";

/** Postgres cuts the names of prepared statements here. */
const LONGEST_NAME_BYTES = 63;

/**
 * Clients share one session, so every name they give a statement or portal gets their connection's prefix.
 * The unnamed statement becomes a named one; the unnamed portal may stay, since it never outlives a batch
 * during which another connection could run.
 */
function statement(prefix: string, name: string): string {
  const renamed = `${prefix}${name}`;
  if (Buffer.byteLength(renamed) <= LONGEST_NAME_BYTES) return renamed;
  return `${prefix}${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}

function portal(prefix: string, name: string): string {
  return name === "" ? "" : `${prefix}${name}`;
}

/** Parse, with another text where the query is refused. */
export function renameParse(prefix: string, bytes: Buffer, replacement: string | null) {
  const name = readCString(bytes, 5);
  const sql = readCString(bytes, name.next);
  const renamed = statement(prefix, name.text);
  const rest =
    replacement === null
      ? bytes.subarray(name.next)
      : Buffer.concat([cStrings(replacement), bytes.subarray(sql.next)]);
  return {
    /** The query text, one character a byte. */
    sql: bytes.toString("latin1", name.next, sql.next - 1),
    name: renamed,
    unnamed: name.text === "",
    bytes: message("P", Buffer.concat([cStrings(renamed), rest])),
  };
}

export function renameBind(prefix: string, bytes: Buffer): Buffer {
  const target = readCString(bytes, 5);
  const source = readCString(bytes, target.next);
  const names = cStrings(portal(prefix, target.text), statement(prefix, source.text));
  return message("B", Buffer.concat([names, bytes.subarray(source.next)]));
}

export function renameExecute(prefix: string, bytes: Buffer): Buffer {
  const target = readCString(bytes, 5);
  const body = Buffer.concat([cStrings(portal(prefix, target.text)), bytes.subarray(target.next)]);
  return message("E", body);
}

/** Describe and Close, of a statement ("S") or a portal ("P"). */
export function renameTarget(prefix: string, bytes: Buffer) {
  const kind = String.fromCharCode(bytes[5] ?? 0);
  const { text } = readCString(bytes, 6);
  const name = kind === "S" ? statement(prefix, text) : portal(prefix, text);
  const type = String.fromCharCode(bytes[0] ?? 0);
  return { kind, name, bytes: message(type, cStrings(`${kind}${name}`)) };
}
