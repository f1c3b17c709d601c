import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, requires } from "../auth/visitor.ts";
import { changeState } from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Because } from "../sql/refusal.ts";
import { askErasure } from "../sql/withdrawals.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { ShortId } from "./participant-address.ts";
import type { ParticipationVerb } from "./participation-view.ts";
import { changeView, PARTICIPATION_VERBS } from "./participation-view.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { attempt, noLargerThan } from "./set-up-form.ts";
import { withPatience } from "./status-reader.ts";

const FORM_BYTES = 16 * 1024;

type Deps = Pick<AppDeps, "db" | "log" | "withdraw">;

/** /participants/<id>/participation/…: pause, resume, withdraw and erase, each after a page that says what it does. */
export function participationRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const may = requires("participant.change");
  for (const verb of PARTICIPATION_VERBS) {
    const path = `/participants/:id/participation/${verb}`;
    routes.get(path, may, async (c) => show(c, pages, await find(c, deps), { verb, failed: null }));
    routes.post(path, may, noLargerThan(FORM_BYTES, pages), async (c) => {
      const person = await find(c, deps);
      return attempt(c, {
        form: verb,
        judge: (values) => errorsOf(person, verb, values),
        work: async (values, because) => {
          await change(deps, person, { verb, values, because });
          return `/participants/${person.shortId}?done=${verb}#participation`;
        },
        show: (failed) => show(c, pages, person, { verb, failed }),
      });
    });
  }
  return routes;
}

async function find(c: Context<AppEnv>, { db }: Deps): Promise<Participant> {
  const id = ShortId.safeParse(c.req.param("id"));
  const person = id.success ? await withPatience(findParticipant(db, id.data)) : null;
  if (person === null) throw new HTTPException(404);
  mustReach(c.get("visitor"), "participant.change", person);
  return person;
}

function show(
  c: Context<AppEnv>,
  pages: Pages,
  person: Participant,
  { verb, failed }: Readonly<{ verb: ParticipationVerb; failed: Failed | null }>,
): Promise<Response> {
  const view = changeView(person, verb, failed);
  return Promise.resolve(
    pages.send(c, {
      view: "participation-change",
      fragment: "participation-change",
      title: view.heading,
      studies: [],
      fault: null,
      data: view,
    }),
  );
}

/** Withdrawing and erasing ask who is meant, and withdrawing what is to become of the data: neither is guessed. */
function errorsOf({ shortId }: Participant, verb: ParticipationVerb, values: Texts): Texts {
  if (verb === "pause" || verb === "resume") return {};
  const { sure = "", data = "" } = values;
  return {
    ...(verb === "withdraw" && data !== "keep" && data !== "erase"
      ? { data: "choose whether it is kept or erased" }
      : {}),
    ...(sure.trim() === shortId ? {} : { sure: `write ${shortId} to go on` }),
  };
}

async function change(
  { db, log, withdraw }: Deps,
  { shortId, study }: Participant,
  { verb, values, because }: Readonly<{ verb: ParticipationVerb; values: Texts; because: Because }>,
): Promise<void> {
  if (verb === "erase") await askErasure(db, shortId, because);
  else await changeState(db, { shortId, verb, erase: values["data"] === "erase" }, because);
  if (verb === "pause" || verb === "resume") return;
  await withdraw?.({ participant: shortId, study }).catch((error: unknown) => {
    // It is asked for in the database; the worker starts it when Temporal is back.
    const name = error instanceof Error ? error.name : "?";
    log.warn({ participant: shortId, error: name }, "no workflow yet for a withdrawal");
  });
}
