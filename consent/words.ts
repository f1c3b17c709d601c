import type { Language } from "../messages/template-names.ts";
import { PERMISSIONS } from "../sources/google-health/permissions.ts";
import type { Permission } from "../sources/source.ts";
import { english } from "./words-en.ts";
import { norwegian } from "./words-nb.ts";

/** What can be shared or withheld, one by one, in the order participants are told of it. */
export type Thing = Permission;
export const THINGS: readonly Thing[] = PERMISSIONS;

/** A heading with what is said under it, one paragraph each. */
export type Said = Readonly<{ heading: string; paragraphs: readonly string[] }>;

/** What is shared, by name and with an example. */
export type SharedThing = Readonly<{ term: string; detail: string }>;

/** Why an invitation opens nothing. */
export type DeadReason = "used" | "expired" | "ended" | "not_ours";

/** How a visit to the provider ended without a grant. */
export type Unfinished = "denied" | "failed" | "lost" | "other_account" | "account_in_use";

/** Everything a participant reads on the pages of consent, in one language. */
export type ConsentWords = Readonly<{
  title: string;
  ask: (study: string) => Said;
  /** Heads the list of what is shared. */
  shared: string;
  things: Readonly<Record<Thing, SharedThing>>;
  withWhom: (study: string) => Said;
  yourChoice: Said;
  begin: string;
  /** What happens on the next page. */
  next: string;
  good: (until: string) => string;
  dead: Readonly<Record<DeadReason, Said>>;
  unfinished: Readonly<Record<Unfinished, Said>>;
  tryAgain: string;
  granted: (study: string) => Said;
  partly: Said;
  grantRest: string;
  notLinked: Said;
  ownPage: string;
  sharing: (study: string) => Said;
  sharesNothing: Said;
  mayEnd: string;
  takeBack: string;
  takenBack: Said;
  alsoAtGoogle: string;
  you: (shortId: string) => string;
  demo: string;
}>;

const words: Readonly<Record<Language, ConsentWords>> = { en: english, nb: norwegian };

export const wordsIn = (language: Language): ConsentWords => words[language];

/** A day as somebody reads it in this language. */
export function dayIn(language: Language, at: Date): string {
  const options = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(language === "nb" ? "nb-NO" : "en-GB", options).format(at);
}
