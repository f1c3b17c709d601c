import type { Context } from "hono";
import { consentUrl, sharingUrl } from "../consent/link.ts";
import type { ConsentWords, DeadReason, Said, Thing, Unfinished } from "../consent/words.ts";
import { dayIn, THINGS, wordsIn } from "../consent/words.ts";
import type { Language } from "../messages/template-names.ts";
import type { GrantStanding } from "../sql/consent-events.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import type { ConsentPages } from "./consent.ts";
import type { AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";

type Link = Readonly<{ href: string; words: string }>;

/** One page a participant reads: a heading, what is said, and at most one thing to do. */
type ReadingPage = Said &
  Partial<
    Readonly<{
      thingsHeading: string;
      things: readonly Thing[];
      after: readonly string[];
      parts: readonly Said[];
      before: string;
      action: Link | null;
      form: Readonly<{
        action: string;
        words: string;
        hidden: readonly (readonly string[])[];
      }> | null;
      links: readonly Link[];
      foot: readonly string[];
      /** The same page in another language; absent where it cannot be asked for again. */
      address: string;
    }>
  >;

const otherLanguage: Readonly<Record<Language, Readonly<{ lang: Language; words: string }>>> = {
  en: { lang: "nb", words: "Norsk" },
  nb: { lang: "en", words: "English" },
};

/** Sends one of these pages. */
export function sendReading(
  c: Context<AppEnv>,
  pages: Pages,
  language: Language,
  page: ReadingPage,
): Response {
  const words = wordsIn(language);
  const { paragraphs, things = [], address, ...rest } = page;
  const other = otherLanguage[language];
  const [first = "", ...others] = paragraphs;
  const hasThings = things.length > 0;
  return pages.send(c, {
    view: "consent",
    fragment: "consent",
    title: page.heading,
    studies: [],
    fault: null,
    data: {
      thingsHeading: "",
      parts: [],
      before: "",
      action: null,
      form: null,
      links: [],
      foot: [],
      ...rest,
      lang: language,
      words,
      lead: hasThings ? [first] : paragraphs,
      after: hasThings ? others : [],
      things: things.map((permission) => words.things[permission]),
      other: address === undefined ? null : { ...other, href: `${address}&lang=${other.lang}` },
    },
  });
}

type Deps = Readonly<{ publicUrl: string; consent: ConsentPages }>;

/** Our own addresses of an invitation, without the host. */
function createAddresses({ publicUrl, consent: { signer } }: Deps) {
  const addressOf = ({ id }: ConsentLink) =>
    consentUrl(publicUrl, id, signer).slice(publicUrl.length);
  const at = (path: string, link: ConsentLink) => addressOf(link).replace("/consent?", `${path}?`);
  return {
    addressOf,
    doneOf: (link: ConsentLink) => at("/consent/done", link),
    beginOf: (link: ConsentLink, language: Language, words: string): Link => ({
      href: `${at("/consent/begin", link)}&lang=${language}`,
      words,
    }),
    ownPage: ({ shortId }: ConsentLink, language: Language): Link => ({
      href: `${sharingUrl(publicUrl, shortId, signer).slice(publicUrl.length)}&lang=${language}`,
      words: wordsIn(language).ownPage,
    }),
  };
}

/** The pages of an invitation, from its first look to its end. */
export function createConsentView(deps: Deps, pages: Pages) {
  const { beginOf, doneOf, ownPage, addressOf } = createAddresses(deps);
  return {
    doneOf,
    ask(c: Context<AppEnv>, link: ConsentLink, language: Language): Response {
      const words = wordsIn(language);
      const { studyName, shortId, expiresAt } = link;
      return sendReading(c, pages, language, {
        ...words.ask(studyName),
        thingsHeading: words.shared,
        things: THINGS,
        parts: [words.withWhom(studyName), words.yourChoice],
        before: words.next,
        action: beginOf(link, language, words.begin),
        foot: [words.good(dayIn(language, expiresAt)), words.you(shortId)],
        address: addressOf(link),
      });
    },
    dead(
      c: Context<AppEnv>,
      { reason, language }: Readonly<{ reason: DeadReason; language: Language }>,
    ): Response {
      c.status(410);
      return sendReading(c, pages, language, wordsIn(language).dead[reason]);
    },
    unfinished(
      c: Context<AppEnv>,
      what: Unfinished,
      link: ConsentLink | null,
      language: Language,
    ): Response {
      const words = wordsIn(language);
      const action = link && beginOf(link, language, words.tryAgain);
      return sendReading(c, pages, language, { ...words.unfinished[what], action });
    },
    thanks(c: Context<AppEnv>, done: Thanks): Response {
      const { link, language, rest } = done;
      const words = wordsIn(language);
      return sendReading(c, pages, language, {
        ...thanksOf(done, words),
        action: rest && beginOf(rest, language, words.grantRest),
        links: [ownPage(link, language)],
        foot: [words.you(link.shortId)],
        address: doneOf(link),
      });
    },
  };
}

export type ConsentView = ReturnType<typeof createConsentView>;

type Thanks = Readonly<{
  link: ConsentLink;
  language: Language;
  standing: Pick<GrantStanding, "status" | "missing">;
  /** An invitation to grant what was left out. */
  rest: ConsentLink | null;
}>;

function thanksOf(
  { link, standing: { status, missing } }: Thanks,
  words: ConsentWords,
): ReadingPage {
  if (status === "not_linked") return words.notLinked;
  const things = THINGS.filter((thing) => missing.includes(thing));
  return things.length > 0 ? { ...words.partly, things } : words.granted(link.studyName);
}
