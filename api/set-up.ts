import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { requires } from "../auth/visitor.ts";
import { changesBetween, readSettings, settingFields } from "../set-up/settings-text.ts";
import { Refusal } from "../sql/refusal.ts";
import { StudySettings } from "../sql/studies.ts";
import type { Place, StudySetUp } from "../sql/study-changes.ts";
import { addPlace, changeSettings, createStudy, readSetUp } from "../sql/study-changes.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { attempt, noLargerThan } from "./set-up-form.ts";
import { doneWords, setUpView, studyUrl, studyView } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 64 * 1024;
/** A version nobody can have is told as one that somebody has changed since. */
const Version = z.coerce.number().int().min(0).max(1_000_000).catch(0);

/** /set-up: studies, the versions of their settings, sites and arms. Every change asks why. */
export function setUpRoutes({ db }: Pick<AppDeps, "db">, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const { showAll, showOne, find } = createShow(db, pages);

  routes.get("/set-up", requires("study.change"), (c) => showAll(c, null));
  routes.get("/set-up/studies/:slug", requires("study.change"), async (c) =>
    showOne(c, await find(c), null),
  );

  const change = [requires("study.change"), noLargerThan(FORM_BYTES, pages)] as const;
  routes.post("/set-up/studies", ...change, (c) =>
    attempt(c, {
      form: "create",
      work: async ({ slug = "", name = "" }, because) => {
        const settings = StudySettings.parse({});
        await createStudy(db, { slug: slug.trim(), name: name.trim(), settings }, because);
        return `${studyUrl(slug.trim())}?done=study`;
      },
      show: (failed) => showAll(c, failed),
    }),
  );
  routes.post("/set-up/studies/:slug/settings", ...change, async (c) => {
    const study = await find(c);
    return attempt(c, {
      form: "settings",
      judge: (values) => judgeSettings(study, values),
      work: async (values, because) => {
        await changeSettings(db, settingsChange(study, values), because);
        return `${studyUrl(study.slug)}?done=settings`;
      },
      show: (failed) => showOne(c, study, failed),
    });
  });
  for (const place of ["site", "arm"] as const) {
    routes.post(`/set-up/studies/:slug/${place}s`, ...change, async (c) =>
      takePlace(c, place, await find(c)),
    );
  }

  function takePlace(c: Context<AppEnv>, place: Place, study: StudySetUp) {
    return attempt(c, {
      form: place,
      work: async ({ name = "" }, because) => {
        await addPlace(db, { slug: study.slug, place, name: name.trim() }, because);
        return `${studyUrl(study.slug)}?done=${place}`;
      },
      show: (failed) => showOne(c, study, failed),
    });
  }
  return routes;
}

/** The two pages, and the study an address names. */
function createShow(db: AppDeps["db"], pages: Pages) {
  const send = (c: Context<AppEnv>, view: string, title: string, data: Texts | object) =>
    pages.send(c, {
      view,
      fragment: view,
      title,
      studies: [],
      fault: null,
      data: { done: doneWords(c.req.query("done")), ...data },
    });
  return {
    async showAll(c: Context<AppEnv>, failed: Failed | null) {
      return send(c, "set-up", "Set-up", setUpView(await withPatience(readSetUp(db)), failed));
    },
    async showOne(c: Context<AppEnv>, study: StudySetUp, failed: Failed | null) {
      return send(c, "set-up-study", `Set-up of ${study.slug}`, studyView(study, failed));
    },
    async find(c: Context<AppEnv>): Promise<StudySetUp> {
      const slug = c.req.param("slug") ?? "";
      const [study] = await withPatience(readSetUp(db, slug));
      if (study === undefined) throw new HTTPException(404);
      return study;
    },
  };
}

/** Only what is a setting; the form has its reason and version beside them. */
function settingTexts(values: Texts): Texts {
  return Object.fromEntries(settingFields.map(({ key }) => [key, values[key] ?? ""]));
}

function judgeSettings({ versions: [current] }: StudySetUp, values: Texts): Texts {
  const { settings, problems } = readSettings(current.settings, settingTexts(values));
  if (settings === null || Object.keys(changesBetween(current.settings, settings)).length > 0) {
    return problems;
  }
  return { version: `Nothing differs from version ${current.version}` };
}

function settingsChange({ slug, versions: [current] }: StudySetUp, values: Texts) {
  const { settings } = readSettings(current.settings, settingTexts(values));
  if (settings === null) throw new Refusal("version", "The settings cannot be read");
  const changes = changesBetween(current.settings, settings);
  return { slug, basedOn: Version.parse(values["version"]), settings, changes };
}
