import type { KeyObject } from "node:crypto";
import { createPublicKey, verify } from "node:crypto";
import protobuf from "protobufjs/minimal.js";
import { z } from "zod";

/** A published key by its number. */
export type Keyset = ReadonlyMap<number, KeyObject>;

const Published = z.object({
  key: z.array(
    z.object({
      keyId: z.int().min(0).max(0xffff_ffff),
      status: z.string(),
      outputPrefixType: z.string(),
      keyData: z.object({ typeUrl: z.string(), value: z.base64() }),
    }),
  ),
});

const TYPE = "type.googleapis.com/google.crypto.tink.EcdsaPublicKey";

/** The enabled keys of a published keyset; one that is of another kind is left out. Throws where it is no keyset. */
export function readKeyset(json: unknown): Keyset {
  const keys = new Map<number, KeyObject>();
  for (const { keyId, status, outputPrefixType, keyData } of Published.parse(json).key) {
    if (status !== "ENABLED" || outputPrefixType !== "TINK" || keyData.typeUrl !== TYPE) continue;
    const key = readPublicKey(Buffer.from(keyData.value, "base64"));
    if (key !== null) keys.set(keyId, key);
  }
  return keys;
}

const COORDINATE_BYTES = 32;

/** An EcdsaPublicKey message: field 3 is x, field 4 is y, big-endian, with a leading zero where the first bit is set. */
function readPublicKey(message: Buffer): KeyObject | null {
  try {
    const fields = bytesFields(message);
    const [x, y] = [3, 4].map((field) => coordinateOf(fields.get(field)));
    const jwk = { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" };
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return null;
  }
}

/** Exactly 32 bytes of a big-endian number; throws where it is none or needs more. */
function coordinateOf(bytes: Uint8Array | undefined): string {
  const digits = Buffer.from(bytes ?? [])
    .toString("hex")
    .replace(/^(00)+/, "");
  if (digits === "" || digits.length > 2 * COORDINATE_BYTES) throw new RangeError("no coordinate");
  return Buffer.from(digits.padStart(2 * COORDINATE_BYTES, "0"), "hex").toString("base64url");
}

const BYTES = 2;

/** The fields of a protobuf message that are bytes, by number. Throws where it cannot be read. */
function bytesFields(message: Buffer): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === BYTES) fields.set(tag >>> 3, reader.bytes());
    else reader.skipType(tag & 7);
  }
  return fields;
}

/** A signature header: which key made it, and the signature (DER). Null for what is none. */
export function readSignature(
  header: string,
): Readonly<{ keyId: number; signature: Buffer }> | null {
  if (!/^[A-Za-z0-9+/]{20,400}={0,2}$/.test(header)) return null;
  const bytes = Buffer.from(header, "base64");
  if (bytes.length < 13 || bytes[0] !== 1) return null;
  return { keyId: bytes.readUInt32BE(1), signature: bytes.subarray(5) };
}

/** Whether these very bytes were signed by this key (ECDSA P-256 with SHA-256). */
export function isSignedBy(key: KeyObject, body: Buffer, signature: Buffer): boolean {
  return verify("sha256", body, { key, dsaEncoding: "der" }, signature);
}
