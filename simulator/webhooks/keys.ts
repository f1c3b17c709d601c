import type { KeyObject } from "node:crypto";
import { generateKeyPairSync, sign } from "node:crypto";

/** The keys a provider signs notifications with: published as Tink has it, exchanged for new ones now and then. */
export type WebhookKeys = Readonly<{
  /** The keyset as it is published. */
  published: () => object;
  /** The header that proves these very bytes. */
  sign: (body: Buffer) => string;
  /** Signs with a new key from now on; the one before stays published. */
  rotate: () => void;
}>;

type Key = Readonly<{ id: number; privateKey: KeyObject; message: Buffer }>;

export function createWebhookKeys(): WebhookKeys {
  const keys: Key[] = [createKey(1_000_000_001)];
  const current = () => keys.at(-1) ?? createKey(0);
  return {
    published: () => ({
      primaryKeyId: current().id,
      key: keys.slice(-2).map(({ id, message }) => ({
        keyId: id,
        status: "ENABLED",
        outputPrefixType: "TINK",
        keyData: {
          typeUrl: "type.googleapis.com/google.crypto.tink.EcdsaPublicKey",
          keyMaterialType: "ASYMMETRIC_PUBLIC",
          value: message.toString("base64"),
        },
      })),
    }),
    sign: (body) => {
      const { id, privateKey } = current();
      const number = Buffer.alloc(5);
      number.writeUInt8(1, 0);
      number.writeUInt32BE(id, 1);
      const signature = sign("sha256", body, { key: privateKey, dsaEncoding: "der" });
      return Buffer.concat([number, signature]).toString("base64");
    },
    rotate: () => void keys.push(createKey(current().id + 1)),
  };
}

/** SHA-256, P-256, DER. */
const PARAMETERS = Buffer.from([0x12, 0x06, 0x08, 0x03, 0x10, 0x02, 0x18, 0x02]);

function createKey(id: number): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const field = (tag: number, text: string) =>
    Buffer.concat([Buffer.from([tag, 33, 0]), Buffer.from(text, "base64url")]);
  return { id, privateKey, message: Buffer.concat([PARAMETERS, field(0x1a, x), field(0x22, y)]) };
}
