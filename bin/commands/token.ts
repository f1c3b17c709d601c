import { parseArgs } from "node:util";
import { createToken } from "../../auth/secret-token.ts";
import { readReason } from "../../set-up/reason.ts";
import type { TokenScope } from "../../sql/api-tokens.ts";
import {
  LONGEST_TOKEN_DAYS,
  listApiTokens,
  makeApiToken,
  revokeApiToken,
  TOKEN_SCOPES,
} from "../../sql/api-tokens.ts";
import type { Command, Installation } from "./installation.ts";

type Options = Readonly<{ name?: string; scope: string; days: string; why?: string }>;

/** token make|list|revoke: what programs read the API with, as a member of staff and for a while. */
export const token: Command = {
  usage: `token list | make LOGIN --name NAME [--scope ${TOKEN_SCOPES.join(",")}] [--days 90] --why WHY | revoke LOGIN --name NAME --why WHY`,
  async run([verb = "", ...args], installation) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: { type: "string" },
        scope: { type: "string", default: "read" },
        days: { type: "string", default: "90" },
        why: { type: "string" },
      },
    });
    const [login] = positionals;
    if (verb === "list") return list(installation);
    if (login === undefined || (verb !== "make" && verb !== "revoke"))
      throw new Error(`usage: npm run wearflow -- ${token.usage}`);
    await (verb === "make" ? make : revoke)(installation, login, values);
  },
};

async function make({ db, actor }: Installation, login: string, options: Options): Promise<void> {
  const days = Number(options.days);
  if (!Number.isInteger(days) || days < 1 || days > LONGEST_TOKEN_DAYS)
    throw new Error(`--days must be 1 to ${LONGEST_TOKEN_DAYS}`);
  const { token: secret, tokenHash } = createToken();
  const wanted = { login, name: readName(options.name), scopes: readScopes(options.scope), days };
  const because = { by: actor, why: readReason(options.why) };
  await makeApiToken(db, { ...wanted, tokenHash }, because);
  console.log(
    `Token ${wanted.name} of ${login} (${wanted.scopes.join(", ")}), good for ${days} days; it is shown this once:`,
  );
  console.log(`wf_${secret}`);
}

async function revoke({ db, actor }: Installation, login: string, options: Options): Promise<void> {
  const name = readName(options.name);
  await revokeApiToken(db, { login, name }, { by: actor, why: readReason(options.why) });
  console.log(`Token ${name} of ${login} is good for nothing any more.`);
}

async function list({ db }: Installation): Promise<void> {
  const tokens = await listApiTokens(db);
  if (tokens.length === 0) console.log("There are no tokens.");
  for (const { login, name, scopes, state, expiresAt, lastUsedAt } of tokens) {
    const used = lastUsedAt === null ? "never used" : `last used ${lastUsedAt.toISOString()}`;
    const until = `until ${expiresAt.toISOString().slice(0, 10)}`;
    console.log(`${login}/${name}: ${scopes.join(", ")}, ${state}, ${until}, ${used}`);
  }
}

function readName(name: string | undefined): string {
  if (name !== undefined && /^[\p{L}\p{N} ._-]{1,60}$/u.test(name)) return name;
  throw new Error(
    "--name must be 1 to 60 letters, digits, blanks, dots, dashes: what the token is for",
  );
}

function readScopes(text: string): readonly TokenScope[] {
  const wanted = text.split(",");
  const known = TOKEN_SCOPES.filter((scope) => wanted.includes(scope));
  if (known.length === wanted.length) return known;
  throw new Error(`--scope must be ${TOKEN_SCOPES.join(" or ")}, or both with a comma`);
}
