import type { Statement, Token } from "./lexer.ts";

/** Parameters that would turn the connection into somebody else. */
const identity = new Set(["role", "session_authorization", "authorization"]);

const simpleName = /^[a-z_][a-z0-9_]*$/;

/** The settings the lexer relies on may only be set to what they are. */
const fixed: Readonly<Record<string, RegExp>> = {
  standard_conforming_strings: /^'?(on|true|yes|1)'?$/i,
  client_encoding: /^'?(utf-?8|unicode|default)'?$/i,
};

/** Why a value of a start-up or SET parameter is refused, or null. */
export function refuseValue(name: string, value: string): string | null {
  if (identity.has(name)) return `"${name}" is fixed by the role a connection signed in with`;
  const allowed = fixed[name];
  if (allowed === undefined || allowed.test(value)) return null;
  return `"${name}" cannot be changed here`;
}

/** A plain parameter name at the head of `tokens` (with a prefix or without) and what follows it. */
function readName(tokens: Statement): { name: string; rest: Statement } | null {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const part = tokens[at];
    if (part?.kind !== "word" || !simpleName.test(part.text)) return null;
    parts.push(part.text);
    at += 1;
    if (tokens[at]?.text !== ".") break;
    at += 1;
  }
  return { name: parts.join("."), rest: tokens.slice(at) };
}

/** What a SET or RESET does to the session, or why it is refused. */
export type SetEffect = Readonly<{ refusal: string } | { refusal: null; name: string | null }>;

const anonymous: SetEffect = { refusal: null, name: null };

function refuse(refusal: string): SetEffect {
  return { refusal };
}

function isWord(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === "word" && texts.includes(token.text);
}

/** The forms of SET that name no parameter; null where it is not one of them. */
function readSpecialSet(tokens: Statement): SetEffect | null {
  const [first, second] = tokens;
  if (isWord(first, "transaction", "constraints", "schema", "seed")) return anonymous;
  if (isWord(first, "time") && isWord(second, "zone")) return { refusal: null, name: "timezone" };
  if (isWord(first, "session") && isWord(second, "characteristics")) return anonymous;
  if (!isWord(first, "names")) return null;
  const refusal = refuseValue("client_encoding", second?.text ?? "default");
  return refusal === null ? anonymous : refuse(refusal);
}

/** Reads the tokens after SET. */
export function readSet(tokens: Statement): SetEffect {
  const [scope, next] = tokens;
  const scoped =
    isWord(scope, "local") || (isWord(scope, "session") && !isWord(next, "characteristics"));
  const body = scoped ? tokens.slice(1) : tokens;
  const special = readSpecialSet(body);
  if (special !== null) return special;
  const target = readName(body);
  if (target === null) return refuse("SET takes only plain parameter names here");
  const [to, value] = target.rest;
  const refusal = refuseValue(target.name, value?.text ?? "");
  if (refusal !== null) return refuse(refusal);
  if (!isWord(to, "to") && to?.text !== "=")
    return refuse("SET takes only NAME = VALUE and NAME TO VALUE here");
  return { refusal: null, name: target.name };
}

/** Reads the tokens after RESET; the name "all" stands for every parameter. */
export function readReset(tokens: Statement): SetEffect {
  const [first, second] = tokens;
  if (isWord(first, "time") && isWord(second, "zone")) return { refusal: null, name: "timezone" };
  if (isWord(first, "transaction")) return anonymous;
  const target = readName(tokens);
  if (target === null || target.rest.length > 0)
    return refuse("RESET takes only plain parameter names here");
  if (identity.has(target.name)) return refuse(refuseValue(target.name, "") ?? "");
  return { refusal: null, name: target.name };
}
