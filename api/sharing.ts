import type { Context } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { isOurs } from "../consent/link.ts";
import { takeBack } from "../consent/take-back.ts";
import { THINGS, wordsIn } from "../consent/words.ts";
import type { Language } from "../messages/template-names.ts";
import { languageFor } from "../messages/template-names.ts";
import type { GrantStanding } from "../sql/consent-events.ts";
import { readStanding } from "../sql/consent-events.ts";
import type { Addressee } from "../sql/consent-links.ts";
import { findAddressee } from "../sql/consent-links.ts";
import type { ConsentPages } from "./consent.ts";
import { sendReading } from "./consent-view.ts";
import type { AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { readTexts } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 4096;

type Deps = Readonly<{ consent: ConsentPages }>;
type Named = Readonly<{ l: string; s: string; lang: string }>;

/** /sharing: a participant's own page, where they see what they share and take it back. Its address does not expire. */
export function sharingRoutes({ consent }: Deps, pages: Pages): Hono<AppEnv> {
  const { db, source } = consent;
  const routes = new Hono<AppEnv>();

  routes.get("/sharing", async (c) => {
    const named = namedBy(c.req.query());
    const found = await find(consent, named);
    if (found === null) return notOurs(c, pages, named);
    const standing = await readStanding(db, found.person.id, source.name);
    return show(c, pages, { named, ...found, standing });
  });

  routes.post("/sharing", bodyLimit({ maxSize: FORM_BYTES }), async (c) => {
    const named = namedBy(await readTexts(c));
    const found = await find(consent, named);
    if (found === null) return notOurs(c, pages, named);
    const words = wordsIn(found.language);
    const taken = await takeBack(consent, found.person);
    const { takenBack, alsoAtGoogle, sharesNothing } = words;
    if (taken === null) return sendReading(c, pages, found.language, sharesNothing);
    const told = taken.atProvider ? [] : [alsoAtGoogle];
    const paragraphs = [...takenBack.paragraphs, ...told];
    return sendReading(c, pages, found.language, { ...takenBack, paragraphs });
  });
  return routes;
}

const namedBy = ({ l = "", s = "", lang = "" }: Readonly<Record<string, string>>): Named => ({
  l,
  s,
  lang,
});

type Whose = Readonly<{ person: Addressee; language: Language }>;

async function find({ db, signer }: ConsentPages, { l, s, lang }: Named): Promise<Whose | null> {
  if (!isOurs("sharing", l, s, signer)) return null;
  const person = await withPatience(findAddressee(db, l));
  if (person === null) return null;
  const language = languageFor(lang === "" ? person.language : lang);
  return { person, language };
}

function notOurs(c: Context<AppEnv>, pages: Pages, { lang }: Named): Response {
  const language = languageFor(lang);
  c.status(410);
  return sendReading(c, pages, language, wordsIn(language).dead.not_ours);
}

type Shown = Whose & Readonly<{ named: Named; standing: GrantStanding | null }>;

function show(
  c: Context<AppEnv>,
  pages: Pages,
  { named: { l, s }, person, language, standing }: Shown,
): Response {
  const words = wordsIn(language);
  const address = `/sharing?${new URLSearchParams({ l, s })}`;
  const foot = [words.you(person.shortId)];
  const isShared = standing !== null && standing.endsAt !== null;
  if (!isShared) return sendReading(c, pages, language, { ...words.sharesNothing, foot, address });
  return sendReading(c, pages, language, {
    ...words.sharing(person.studyName),
    things: THINGS.filter((thing) => !standing.missing.includes(thing)),
    before: words.mayEnd,
    form: {
      action: "/sharing",
      words: words.takeBack,
      hidden: [
        ["l", l],
        ["s", s],
        ["lang", language],
      ],
    },
    foot,
    address,
  });
}
