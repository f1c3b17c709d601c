import { createHash } from "node:crypto";
import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { requires } from "../auth/visitor.ts";
import { checkFile } from "../set-up/check-participants.ts";
import type { Judged } from "../set-up/judge-participants.ts";
import { decodeText } from "../set-up/participant-file.ts";
import { addParticipants } from "../sql/enrolment.ts";
import { Refusal } from "../sql/refusal.ts";
import type { StudySetUp } from "../sql/study-changes.ts";
import { readSetUp } from "../sql/study-changes.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed, Texts } from "./set-up-form.ts";
import { attempt, noLargerThan, readForm } from "./set-up-form.ts";
import { reviewView } from "./set-up-participants-view.ts";
import { participantsUrl } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";

const FILE_BYTES = 1024 * 1024;

/**
 * /set-up/import: check is the dry run, which changes nothing and shows every problem; apply checks the same text
 * again and enrols all or nobody.
 */
export function importRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  pages: Pages,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const change = [requires("participant.import"), noLargerThan(FILE_BYTES, pages)] as const;

  const check = (study: StudySetUp, text: string | null): Promise<Judged> =>
    checkFile(db, { study: study.slug, text, now: clock() });
  async function review(
    c: Context<AppEnv>,
    {
      study,
      text,
      failed,
    }: Readonly<{ study: StudySetUp; text: string | null; failed: Failed | null }>,
  ) {
    const judged = await check(study, text);
    if (judged.problems.length > 0) c.status(422);
    return sendReview(c, pages, study, reviewView(study, text ?? "", judged, failed));
  }

  routes.post("/set-up/import/check", ...change, async (c) => {
    const values = await readForm(c);
    const study = await studyOf(db, values);
    return review(c, { study, text: await readText(c, values), failed: null });
  });
  routes.post("/set-up/import/apply", ...change, async (c) => {
    const values = await readForm(c);
    const study = await studyOf(db, values);
    const { csv = "" } = values;
    return attempt(c, {
      form: "apply",
      work: async (_values, because) => {
        const { people, problems } = await check(study, csv);
        if (problems.length > 0) throw new Refusal("csv", "Something has changed: look again");
        const detail = { file_sha256: createHash("sha256").update(csv).digest("hex") };
        if (people.length > 0) {
          await addParticipants(db, { study: study.slug, people, detail }, because);
        }
        return `${participantsUrl(study.slug)}&done=${people.length > 0 ? "enrolled" : "already"}`;
      },
      show: (failed) => review(c, { study, text: failed.values["csv"] ?? "", failed }),
    });
  });
  return routes;
}

function sendReview(c: Context<AppEnv>, pages: Pages, { slug }: StudySetUp, view: object) {
  return pages.send(c, {
    view: "set-up-import",
    fragment: "set-up-import",
    title: `Import into ${slug}`,
    studies: [],
    fault: null,
    data: { done: "", ...view },
  });
}

async function studyOf(db: AppDeps["db"], { study: slug = "" }: Texts): Promise<StudySetUp> {
  if (slug.includes("\0")) throw new HTTPException(404);
  const [study] = await withPatience(readSetUp(db, slug));
  if (study === undefined) throw new HTTPException(404);
  return study;
}

/** The file's text, or else the one that was typed; null where it is none, as with the NULs of UTF-16. */
async function readText(c: Context<AppEnv>, { csv = "" }: Texts): Promise<string | null> {
  const { file } = await c.req.parseBody();
  const given = file instanceof File && file.size > 0;
  const text = given ? decodeText(new Uint8Array(await file.arrayBuffer())) : csv;
  return text?.includes("\0") ? null : text;
}
