import { invalidArgument } from "../google-error.ts";
import type { Interval } from "../intervals.ts";
import { HOUR, parseCivil, parseInstant, SECOND } from "../time.ts";
import type { Zone } from "../zone.ts";
import type { DataType } from "./data-type.ts";

/** What a filter lets through: a stretch of instants that holds it all, and the exact test. */
export type Filter = Readonly<{ range: Interval; admits: (at: number) => boolean }>;

/** Zones reach from −12 to +14 hours; a civil limit lies within that of its UTC reading. */
const WIDEST_OFFSET = 15 * HOUR;

/** Reads the AIP-160 subset that Google takes for samples and intervals: `member >= "…" AND member < "…"`. */
export function parseFilter(text: string | undefined, type: DataType, zone: Zone): Filter {
  const terms = text === undefined || text === "" ? [] : readTerms(text, type);
  let range: Interval = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const tests: ((at: number) => boolean)[] = [];
  for (const term of terms) {
    const reach = term.kind === "civil" ? WIDEST_OFFSET : 0;
    const { operator, limit } = term;
    range =
      operator === ">="
        ? { ...range, from: Math.max(range.from, limit - reach) }
        : { ...range, to: Math.min(range.to, limit + reach) };
    tests.push((at) => {
      const shown = term.kind === "civil" ? at + zone.offsetSeconds(at) * SECOND : at;
      return operator === ">=" ? shown >= limit : shown < limit;
    });
  }
  return { range, admits: (at) => tests.every((test) => test(at)) };
}

type Kind = keyof DataType["filterMembers"];
type Term = Readonly<{ operator: ">=" | "<"; kind: Kind; limit: number }>;

const termShape = /^\s*([^\s<>=!"]+)\s*(>=|<=|!=|=|<|>|:)\s*("[^"]*"|[^\s"]+)?/;

function readTerms(text: string, type: DataType): Term[] {
  const terms: Term[] = [];
  for (let at = 0; at < text.length; ) {
    const match = termShape.exec(text.slice(at));
    if (match === null) throw refusal("SYNTAX", "Filter could not be parsed.", at);
    const [whole, member = "", operator = "", literal] = match;
    if (literal === undefined) throw refusal("MISSING_TOKEN", "Missing literal.", at);
    terms.push(readTerm(member, operator, literal, type, at));
    at = afterAnd(text, at + whole.length);
  }
  return terms;
}

/** The position of the next term; everything but AND between two terms is refused. */
function afterAnd(text: string, at: number): number {
  const rest = text.slice(at);
  if (rest.trim() === "") return text.length;
  const and = /^\s+AND\s+(?=\S)/.exec(rest);
  if (and !== null) return at + and[0].length;
  if (/^\s+OR\s/.test(rest))
    throw refusal("DATA_TYPE_RESTRICTION", "Operator 'OR' is not supported for this type.", at);
  throw refusal("SYNTAX", "Expected 'AND' between two comparisons.", at);
}

function readTerm(
  member: string,
  operator: string,
  literal: string,
  type: DataType,
  at: number,
): Term {
  const kind = readMember(member, type, at);
  if (operator !== ">=" && operator !== "<")
    throw refusal("DATA_TYPE_RESTRICTION", `Operator '${operator}' is not supported.`, at);
  if (!literal.startsWith('"'))
    throw refusal("SYNTAX", "The literal must be in double quotes.", at);
  const text = literal.slice(1, -1);
  const limit = kind === "physical" ? parseInstant(text) : parseCivil(text);
  if (limit === null) throw refusal("SYNTAX", `Literal ${literal} is not a valid time.`, at);
  return { operator, kind, limit };
}

/** What the member is about: physical time, civil time or a date. */
function readMember(member: string, { name, filterMembers }: DataType, at: number): Kind {
  if (member.includes("-"))
    throw refusal("SYNTAX", `Identifier '${member}' must not contain hyphens.`, at);
  const own = name.replaceAll("-", "_");
  if (member.split(".")[0] !== own)
    throw refusal("COLLECTION_MISMATCH", `Member '${member}' is of another data type.`, at);
  for (const kind of ["physical", "civil", "date"] as const)
    if (filterMembers[kind] !== undefined && member === `${own}.${filterMembers[kind]}`)
      return kind;
  throw refusal("DATA_TYPE_MEMBER", `Member '${member}' is not supported for filtering.`, at);
}

function refusal(reason: string, complaint: string, at: number): Error {
  const detailed = `INVALID_DATA_POINT_FILTER_${reason}`;
  const description = `${complaint} (at line 1, column ${at + 1})`;
  return invalidArgument(
    "INVALID_DATA_POINT_FILTER",
    `Invalid data point filter: ${detailed}, ${description}`,
    { field: "filter", description },
    detailed,
  );
}
