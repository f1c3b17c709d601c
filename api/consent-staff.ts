import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { mustReach, requires } from "../auth/visitor.ts";
import { consentUrl } from "../consent/link.ts";
import type { GrantStanding } from "../sql/consent-events.ts";
import { listConsentEvents, readStanding } from "../sql/consent-events.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import { endConsentLinks, listConsentLinks, makeConsentLink } from "../sql/consent-links.ts";
import type { Participant, ParticipantState } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import { connectionMeaning, endingWords } from "./connection-words.ts";
import type { ConsentPages } from "./consent.ts";
import { happeningWords, linkWords } from "./consent-words.ts";
import type { AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed } from "./set-up-form.ts";
import { attempt, formView, noLargerThan, WHY } from "./set-up-form.ts";
import { utcMinute } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";
import { connectionChip, wordsFor } from "./words.ts";

const FORM_BYTES = 16 * 1024;
const SHOWN = 20;

type Deps = Readonly<{ publicUrl: string; consent: ConsentPages }>;

/** /participants/<id>/consent: how somebody's consent stands, their links and what became of them. */
export function consentStaffRoutes(deps: Deps, pages: Pages): Hono<AppEnv> {
  const { db, clock } = deps.consent;
  const routes = new Hono<AppEnv>();
  const may = requires("consent.change");
  const change = [may, noLargerThan(FORM_BYTES, pages)] as const;
  const show = createShow(deps, pages);
  const done = ({ shortId }: Participant, what: string) =>
    `/participants/${shortId}/consent?done=${what}`;

  routes.get("/participants/:id/consent", may, async (c) => show(c, await find(c, deps), null));
  routes.post("/participants/:id/consent", ...change, async (c) => {
    const person = await find(c, deps);
    return attempt(c, {
      form: "invite",
      work: async ({ account = "" }, because) => {
        refuseWithdrawn(person);
        const link = { id: randomUUID(), participantId: person.id, at: clock() };
        await makeConsentLink(db, { ...link, otherAccount: account === "other" }, because);
        return done(person, "made");
      },
      show: (failed) => show(c, person, failed),
    });
  });
  routes.post("/participants/:id/consent/end", ...change, async (c) => {
    const person = await find(c, deps);
    return attempt(c, {
      form: "end",
      work: async (_values, because) => {
        await endConsentLinks(db, person, clock(), because);
        return done(person, "ended");
      },
      show: (failed) => show(c, person, failed),
    });
  });
  return routes;
}

/** The participant an address names, where the visitor may ask them for consent. */
async function find(c: Context<AppEnv>, { consent }: Deps): Promise<Participant> {
  const person = await withPatience(findParticipant(consent.db, c.req.param("id") ?? ""));
  if (person === null) throw new HTTPException(404);
  mustReach(c.get("visitor"), "consent.change", person);
  return person;
}

function refuseWithdrawn({ shortId, state }: Participant): void {
  if (state !== "withdrawn") return;
  throw new Refusal("state", `${shortId} has withdrawn: no link of theirs would open`);
}

const doneWords: Readonly<Record<string, string>> = {
  made: "The link is made. Hand it to this participant and to nobody else.",
  ended: "Every open link of theirs has ended.",
};

function createShow({ publicUrl, consent }: Deps, pages: Pages) {
  const { db, source, signer, clock } = consent;
  return async (c: Context<AppEnv>, person: Participant, failed: Failed | null) => {
    const { id, shortId, state } = person;
    const now = clock();
    const [standing, links, events] = await withPatience(
      Promise.all([
        readStanding(db, id, source.name),
        listConsentLinks(db, id, SHOWN),
        listConsentEvents(db, id, SHOWN),
      ]),
    );
    return pages.send(c, {
      view: "consent-staff",
      fragment: "consent-staff",
      title: `Consent of ${shortId}`,
      studies: [],
      fault: null,
      data: {
        shortId,
        done: wordsFor(doneWords, c.req.query("done")),
        ...standingView(standing, state, now),
        links: links.map((link) => ({
          made: utcMinute(link.madeAt),
          ...linkWords(link, now),
          url: isOpen(link, now) ? consentUrl(publicUrl, link.id, signer) : "",
        })),
        events: events.map(({ at, what, missing }) => ({
          at: utcMinute(at),
          words: happeningWords(what, missing),
        })),
        form: state === "withdrawn" ? null : formView(inviteForm(shortId), failed),
        endForm: links.some((link) => isOpen(link, now))
          ? formView(endForm(shortId), failed)
          : null,
      },
    });
  };
}

function standingView(standing: GrantStanding | null, state: ParticipantState, now: Date) {
  const status = standing?.status ?? null;
  const ending = endingWords(
    status === "reconsent_needed" ? null : (standing?.endsAt ?? null),
    now,
  );
  const meaning = connectionMeaning(status, state);
  return {
    chip: connectionChip(status),
    meaning: ending === "" ? meaning : { ...meaning, whoActs: "You, before the grant ends." },
    ending,
    since: standing === null ? "" : utcMinute(standing.since),
  };
}

const isOpen = ({ usedAt, endedAt, expiresAt, state }: ConsentLink, now: Date) =>
  usedAt === null && endedAt === null && expiresAt > now && state !== "withdrawn";

const inviteForm = (shortId: string) => ({
  id: "invite",
  action: `/participants/${shortId}/consent`,
  submit: "Make a link",
  refused: "No link was made.",
  fields: [
    {
      name: "account",
      label: "Which Google account",
      type: "select" as const,
      value: "same",
      hint: "Another account than before is refused unless you say so here: somebody else's data would be stored as theirs.",
      options: [
        { value: "same", label: "The one connected before, or their first" },
        { value: "other", label: "A new one: they told us it has changed" },
      ],
    },
    WHY,
  ],
});

const endForm = (shortId: string) => ({
  id: "end",
  action: `/participants/${shortId}/consent/end`,
  submit: "End every open link",
  fields: [WHY],
});
