import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Config } from "../../config.ts";
import { readEarlierSecrets, readOrCreateSecret, replaceSecret } from "../../embedded/secret.ts";
import { readReason } from "../../set-up/reason.ts";
import { writeAudit } from "../../sql/audit.ts";
import { createContactCipher } from "../../sql/contact-cipher.ts";
import { rotateKeys } from "../../sql/key-rotation.ts";
import { createTokenCipher } from "../../sql/token-cipher.ts";
import type { Command } from "./installation.ts";

/** rotate-keys: puts every token and every contact key under the key of today; --new makes that key where npm start keeps it. */
export const rotateKeysCommand: Command = {
  usage: "rotate-keys [--new] --why WHY",
  async run(args, { config, db, actor }) {
    const { values } = parseArgs({
      args: [...args],
      options: { new: { type: "boolean" }, why: { type: "string" } },
    });
    const why = readReason(values.why);
    if (values.new === true) {
      replaceSecret(keyFileOf(config));
      await writeAudit(db, { actor, action: "keys.new", entity: "installation", reason: why });
      console.log(
        "A new key is there, and the one before is kept beside it. Stop npm start and start it again, then run rotate-keys once more without --new.",
      );
      return;
    }
    const [key, before] = keysOf(config);
    const done = await rotateKeys({
      db,
      tokens: createTokenCipher(key, before),
      contacts: createContactCipher(key, before),
    });
    const { tokens, contacts, left } = done;
    await writeAudit(db, {
      actor,
      action: "keys.rotate",
      entity: "installation",
      reason: why,
      detail: { ...done },
    });
    console.log(`${tokens} tokens and ${contacts} contact keys were put under the key of today.`);
    if (left > 0)
      throw new Error(
        `${left} are still under another key: run it again; if they stay, a key is missing in TOKEN_KEY_BEFORE`,
      );
    console.log(
      "Nothing is under a key before. Keep that key for 14 days more, as long as links signed with it are good, and for as long as you keep backups; links to stop messages end with it.",
    );
  },
};

function keyFileOf({ TOKEN_KEY, DATA_DIR }: Config): string {
  const file = join(DATA_DIR, "token-key");
  if (TOKEN_KEY !== undefined)
    throw new Error(
      "TOKEN_KEY is set: make a new key with openssl rand -hex 32, set it as TOKEN_KEY and the old one as TOKEN_KEY_BEFORE, start every process again, then run rotate-keys without --new",
    );
  if (!existsSync(file)) throw new Error(`${file} is not there: run npm start first`);
  return file;
}

function keysOf(config: Config): readonly [string, readonly string[]] {
  if (config.TOKEN_KEY !== undefined) return [config.TOKEN_KEY, config.TOKEN_KEY_BEFORE];
  const file = keyFileOf(config);
  return [readOrCreateSecret(file, { mayCreate: false }), readEarlierSecrets(file)];
}
