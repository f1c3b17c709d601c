import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import { can } from "../auth/can.ts";
import type { Visitor } from "../auth/visitor.ts";
import { mustReach, reachable, requires } from "../auth/visitor.ts";
import { checkParticipants } from "../set-up/check-participants.ts";
import { readMove } from "../set-up/read-move.ts";
import { addParticipants } from "../sql/enrolment.ts";
import {
  changeState,
  moveParticipant,
  readParticipantHistory,
  STATE_VERBS,
} from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant, listParticipants } from "../sql/participants.ts";
import type { StudySetUp } from "../sql/study-changes.ts";
import { readSetUp } from "../sql/study-changes.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { attempt, noLargerThan } from "./set-up-form.ts";
import { participantsView, participantUrl, personView } from "./set-up-participants-view.ts";
import { doneWords, participantsUrl } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 64 * 1024;
const Query = z.object({
  study: z.string().max(40).catch(""),
  q: z.string().trim().max(40).catch(""),
});

type Deps = Pick<AppDeps, "db" | "clock">;

/** /set-up/participants: enrol one, find one, change one. Every change asks why. */
export function participantSetUpRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db, clock } = deps;
  const routes = new Hono<AppEnv>();
  const { showAll, showOne, find } = createShow(db, pages);
  const may = requires("participant.change");
  const change = [may, noLargerThan(FORM_BYTES, pages)] as const;

  routes.get("/set-up/participants", may, (c) =>
    showAll(c, Query.parse(c.req.query()).study, null),
  );
  routes.get("/set-up/participants/:id", may, async (c) => showOne(c, await find(c), null));

  routes.post("/set-up/participants", ...change, (c) => enrolOne(c, deps, showAll));
  for (const verb of STATE_VERBS) {
    routes.post(`/set-up/participants/:id/${verb}`, ...change, async (c) => {
      const person = await find(c);
      const { shortId } = person;
      return attempt(c, {
        form: verb,
        work: async (_values, because) => {
          await changeState(db, { shortId, verb }, because);
          return `${participantUrl(shortId)}?done=state`;
        },
        show: (failed) => showOne(c, person, failed),
      });
    });
  }
  routes.post("/set-up/participants/:id/move", ...change, async (c) => {
    const person = await find(c);
    const { shortId } = person;
    return attempt(c, {
      form: "move",
      work: async ({ timeZone = "", from = "" }, because) => {
        const wish = { timeZone: timeZone.trim(), from: from.trim(), now: clock() };
        await moveParticipant(db, { shortId, ...(await readMove(db, wish)) }, because);
        return `${participantUrl(shortId)}?done=move`;
      },
      show: (failed) => showOne(c, person, failed),
    });
  });
  return routes;
}

type ShowAll = (c: Context<AppEnv>, slug: string, failed: Failed | null) => Promise<Response>;

function enrolOne(c: Context<AppEnv>, { db, clock }: Deps, showAll: ShowAll) {
  const check = ({ study = "", ...values }: Texts) =>
    checkParticipants(db, { study, rows: [rowOf(values)], now: clock() });
  return attempt(c, {
    form: "add",
    judge: async (values) => ({
      ...Object.fromEntries(
        (await check(values)).problems
          .map(({ column, what, todo }) => [column, `${what}; ${todo}`] as const)
          .reverse(),
      ),
      ...siteErrors(c.get("visitor"), values),
    }),
    work: async (values, because) => {
      const { people } = await check(values);
      const { study = "" } = values;
      if (people.length === 0) return `${participantsUrl(study)}&done=already`;
      await addParticipants(db, { study, people }, because);
      return `${participantsUrl(study)}&done=enrolled`;
    },
    show: (failed) => showAll(c, failed.values["study"] ?? "", failed),
  });
}

/** Who is bound to a site has one study. */
function studiesOf(c: Context<AppEnv>, studies: readonly StudySetUp[]): readonly StudySetUp[] {
  const site = c.get("visitor")?.site ?? null;
  return studies.filter(({ slug }) => site === null || slug === site.study);
}

/** Who is bound to a site enrols there and nowhere else. */
function siteErrors(visitor: Visitor | null, { study = "", site = "" }: Texts): Texts {
  const about = { study, site: site.trim() };
  const may = visitor !== null && can(visitor, "participant.change", about);
  return may ? {} : { site: `you enrol at ${visitor?.site?.name ?? "no site"} only` };
}

function rowOf(values: Texts) {
  const at = (name: string) => (values[name] ?? "").trim();
  return {
    line: 0,
    id: at("id"),
    time_zone: at("time_zone"),
    enrolled_on: at("enrolled_on"),
    site: at("site"),
    arm: at("arm"),
    state: at("state"),
  };
}

/** The two pages, and the participant an address names. */
function createShow(db: AppDeps["db"], pages: Pages) {
  const send = (c: Context<AppEnv>, view: string, title: string, data: object) =>
    pages.send(c, {
      view,
      fragment: view,
      title,
      studies: [],
      fault: null,
      data: {
        done: doneWords(c.req.query("done")),
        zoneNames: Intl.supportedValuesOf("timeZone"),
        ...data,
      },
    });
  return {
    async showAll(c: Context<AppEnv>, slug: string, failed: Failed | null) {
      const studies = await withPatience(readSetUp(db));
      const open = studiesOf(c, studies);
      const study = slug === "" ? open[0] : open.find((each) => each.slug === slug);
      if (study === undefined && slug === "") return c.redirect("/set-up", 303);
      if (study === undefined) throw new HTTPException(404);
      const everybody = await withPatience(listParticipants(db));
      const people = reachable(c.get("visitor"), "participant.change", everybody);
      const { q } = Query.parse(c.req.query());
      const view = participantsView(open, study, people, { q, failed });
      return send(c, "set-up-participants", `Participants of ${study.slug}`, view);
    },
    async showOne(c: Context<AppEnv>, person: Participant, failed: Failed | null) {
      const history = await withPatience(readParticipantHistory(db, person.shortId));
      const view = personView(person, history, failed);
      return send(c, "set-up-participant", `Set-up of ${person.shortId}`, view);
    },
    async find(c: Context<AppEnv>): Promise<Participant> {
      const person = await withPatience(findParticipant(db, c.req.param("id") ?? ""));
      if (person === null) throw new HTTPException(404);
      mustReach(c.get("visitor"), "participant.change", person);
      return person;
    },
  };
}
