import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, reachable, requires } from "../auth/visitor.ts";
import type { RuleMode } from "../sql/message-rules.ts";
import {
  listCallsDue,
  listCandidates,
  noteCall,
  RULE_MODES,
  readEffects,
  readHold,
  readRules,
  setHold,
  setRules,
} from "../sql/message-rules.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Study } from "../sql/studies.ts";
import { listStudies } from "../sql/studies.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { RULE_TEMPLATES, rulesView } from "./rules-view.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { attempt, noLargerThan } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";
import { wordsFor } from "./words.ts";

const FORM_BYTES = 16 * 1024;
const LISTED = 100;

/** /rules: what the rules would do now (the dry run), what they may do, the hold, whom to call, and what helped. */
export function rulesRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  pages: Pages,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const show = createShow({ db, clock }, pages);
  const change = [requires("rules.change"), noLargerThan(FORM_BYTES, pages)] as const;

  routes.get("/rules", requires("rules.read"), (c) => show(c, null));
  routes.post("/rules/:slug", ...change, async (c) => {
    const study = await findStudy(c, db);
    return attempt(c, {
      form: `rules-${study}`,
      work: async (values, because) => {
        await setRules(db, study, modesOf(values), because, shownOf(values));
        return "/rules?done=rules";
      },
      show: (failed) => show(c, failed),
    });
  });
  routes.post("/rules/:slug/hold", ...change, async (c) => {
    const study = await findStudy(c, db);
    return attempt(c, {
      form: `hold-${study}`,
      work: async ({ wish = "" }, because) => {
        await setHold(db, { study, hold: wish === "hold" }, because);
        return "/rules?done=hold";
      },
      show: (failed) => show(c, failed),
    });
  });
  routes.post(
    "/participants/:id/called",
    requires("message.send"),
    noLargerThan(FORM_BYTES, pages),
    async (c) => {
      const person = await withPatience(findParticipant(db, c.req.param("id")));
      if (person === null) throw new HTTPException(404);
      mustReach(c.get("visitor"), "message.send", person);
      return attempt(c, {
        form: `call-${person.shortId}`,
        work: async (_values, because) => {
          await noteCall(db, person, because);
          return "/rules?done=call";
        },
        show: (failed) => show(c, failed),
      });
    },
  );
  return routes;
}

async function findStudy(c: Context<AppEnv>, db: AppDeps["db"]): Promise<string> {
  const slug = c.req.param("slug") ?? "";
  const studies = await withPatience(listStudies(db));
  if (!studies.some((study) => study.slug === slug)) throw new HTTPException(404);
  return slug;
}

/** The modes a form holds; a field that is none keeps proposing. */
function modesOf(values: Texts): Record<string, RuleMode> {
  return Object.fromEntries(
    RULE_TEMPLATES.map((name) => [
      name,
      RULE_MODES.find((each) => each === values[name]) ?? "propose",
    ]),
  );
}

/** The modes that were shown with the form; none where it says nothing that can have been. */
function shownOf({ version = "" }: Texts): Record<string, RuleMode> {
  const modes = version.split(" ").map((word) => RULE_MODES.find((each) => each === word));
  return Object.fromEntries(
    RULE_TEMPLATES.flatMap((name, index) => {
      const mode = modes[index];
      return mode === undefined ? [] : [[name, mode]];
    }),
  );
}

const doneWords: Readonly<Record<string, string>> = {
  rules: "The rules are changed.",
  hold: "Done.",
  call: "The call is noted.",
};

function createShow({ db, clock }: Pick<AppDeps, "db" | "clock">, pages: Pages) {
  const read = async (study: Study, site: string | null) => ({
    study,
    rules: await readRules(db, study.slug),
    hold: await readHold(db, study.slug),
    effects: await readEffects(db, study.slug),
    candidates: await listCandidates(db, study, LISTED, site),
  });
  return async (c: Context<AppEnv>, failed: Failed | null) => {
    const visitor = c.get("visitor");
    const studies = (await withPatience(listStudies(db))).filter(
      ({ slug }) => !visitor?.site || visitor.site.study === slug,
    );
    const site = visitor?.site?.name ?? null;
    const found = await withPatience(Promise.all(studies.map((study) => read(study, site))));
    const mine = found.map((each) => ({
      ...each,
      candidates: reachable(visitor, "rules.read", each.candidates),
    }));
    const calls = reachable(visitor, "rules.read", await withPatience(listCallsDue(db)));
    return pages.send(c, {
      view: "rules",
      fragment: "rules",
      title: "Rules",
      studies: [],
      fault: null,
      data: {
        done: wordsFor(doneWords, c.req.query("done")),
        ...rulesView(mine, calls, { now: clock(), failed }),
      },
    });
  };
}
