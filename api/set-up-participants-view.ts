import type { Judged } from "../set-up/judge-participants.ts";
import { COLUMNS } from "../set-up/participant-file.ts";
import type { ParticipantHistory, StateVerb } from "../sql/participant-changes.ts";
import { verbsFrom } from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import type { StudySetUp } from "../sql/study-changes.ts";
import { historyLines } from "./participation-view.ts";
import type { Failed, Form } from "./set-up-form.ts";
import { formView, WHY } from "./set-up-form.ts";
import { participantsUrl, studyUrl } from "./set-up-view.ts";
import { stateWords } from "./words.ts";

const LISTED = 100;
const PROBLEMS_LISTED = 1000;

export const participantUrl = (shortId: string) => `/set-up/participants/${shortId}`;

/** The page of a study's participants: find one, add one, import a file. */
export function participantsView(
  studies: readonly StudySetUp[],
  study: StudySetUp,
  people: readonly Participant[],
  { q, failed }: Readonly<{ q: string; failed: Failed | null }>,
) {
  const found = people.filter(
    (person) =>
      person.study === study.slug && person.shortId.toLowerCase().includes(q.toLowerCase()),
  );
  return {
    slug: study.slug,
    name: study.name,
    studyHref: studyUrl(study.slug),
    others: studies
      .filter(({ slug }) => slug !== study.slug)
      .map(({ slug }) => ({ slug, href: participantsUrl(slug) })),
    q,
    found: found.length,
    rows: found.slice(0, LISTED).map(({ shortId, state, arm, enrolledOn, timeZone }) => ({
      shortId,
      href: participantUrl(shortId),
      state: stateWords[state],
      arm: arm ?? "no arm",
      enrolledOn,
      timeZone,
    })),
    add: addForm(study, failed),
    upload: uploadForm(study.slug, "", failed),
  };
}

function addForm({ slug, sites, arms }: StudySetUp, failed: Failed | null): Form {
  const choice = (names: readonly string[]) => [
    { value: "", label: "none" },
    ...names.map((name) => ({ value: name, label: name })),
  ];
  return formView(
    {
      id: "add",
      action: "/set-up/participants",
      submit: "Enrol",
      hidden: { study: slug },
      fields: [
        {
          name: "id",
          label: "Short id",
          hint: "Letters, digits and hyphens. Never a name or an address.",
        },
        { name: "time_zone", label: "Time zone", type: "zone", hint: "Such as Europe/Oslo." },
        {
          name: "enrolled_on",
          label: "Enrolled on",
          type: "date",
          hint: "The first local day that counts.",
        },
        { name: "site", label: "Site", type: "select", options: choice(sites) },
        { name: "arm", label: "Arm", type: "select", options: choice(arms) },
        {
          name: "state",
          label: "State",
          type: "select",
          options: [
            { value: "invited", label: "Invited: nothing is fetched yet" },
            { value: "active", label: "Active" },
          ],
        },
        WHY,
      ],
    },
    failed,
  );
}

/** The form of a file, or of its text to correct and try again. */
function uploadForm(slug: string, csv: string, failed: Failed | null): Form {
  return formView(
    {
      id: "upload",
      action: "/set-up/import/check",
      submit: "Check it",
      hidden: { study: slug },
      fields: [
        { name: "file", label: "CSV file", type: "file" },
        {
          name: "csv",
          label: csv === "" ? "Or its text" : "Its text, to correct and check again",
          type: "textarea",
          hint: `First line: ${COLUMNS.join(",")} (the last three may be left out).`,
          value: csv,
        },
      ],
    },
    failed,
  );
}

/** The review of a dry run: everything that is wrong, or who will be enrolled. */
export function reviewView(
  { slug, name }: StudySetUp,
  csv: string,
  { people, alreadyEnrolled, problems }: Judged,
  failed: Failed | null,
) {
  const count = people.length;
  const noun = count === 1 ? "participant" : "participants";
  return {
    slug,
    name,
    back: participantsUrl(slug),
    problemCount: problems.length,
    problems: problems.slice(0, PROBLEMS_LISTED).map(({ line, column, what, todo }) => ({
      where: line === 0 ? "the file" : `line ${line}`,
      column: column === "" ? "whole line" : column,
      what,
      todo,
    })),
    already: alreadyEnrolled.length,
    count,
    rows: people.slice(0, LISTED).map(({ site, arm, state, ...row }) => ({
      ...row,
      state: stateWords[state],
      site: site ?? "none",
      arm: arm ?? "none",
    })),
    upload: uploadForm(slug, csv, null),
    apply: formView(
      {
        id: "apply",
        action: "/set-up/import/apply",
        submit: `Enrol ${count} ${noun}`,
        hidden: { study: slug, csv },
        fields: [WHY],
      },
      failed,
    ),
  };
}

const verbWords: Readonly<Record<StateVerb, readonly [title: string, hint: string]>> = {
  activate: ["Activate", "Fetching starts as soon as there is a connection."],
  pause: ["Pause", "Nothing is fetched and nobody is written to until resumed."],
  resume: ["Resume", "Fetching goes on; days of the pause are told as paused."],
  withdraw: [
    "Withdraw",
    "For good. Fetching ends and the data is kept; their own page can also erase it.",
  ],
  complete: ["Complete", "For good. Today is the last day that counts."],
};

/** The set-up page of one participant: what may be done, and all that was. */
export function personView(
  { shortId, study, state, enrolledOn, endedOn, timeZone }: Participant,
  history: ParticipantHistory,
  failed: Failed | null,
) {
  const url = participantUrl(shortId);
  const fields = [WHY];
  const changes = verbsFrom(state).map((verb) => {
    const [title, hint] = verbWords[verb];
    const submit = `${title} ${shortId}`;
    return {
      title,
      hint,
      form: formView({ id: verb, action: `${url}/${verb}`, submit, fields }, failed),
    };
  });
  const move = {
    title: "Move to another time zone",
    hint: `Now in ${timeZone}. Days that end after the move are read again, or counted anew where nothing is read of them.`,
    form: moveForm(shortId, failed),
  };
  const forms = verbsFrom(state).length === 0 ? [] : [...changes, move];
  const shown = forms.some(({ form }) => form.id === failed?.form);
  return {
    shortId,
    study,
    back: participantsUrl(study),
    pageHref: `/participants/${shortId}`,
    state: stateWords[state],
    span: `enrolled ${enrolledOn}, ${endedOn === null ? "no last day" : `last day ${endedOn}`}`,
    changes: forms,
    /** Why a form was refused that is no longer here, because the state has changed meanwhile. */
    refused: failed === null || shown ? "" : Object.values(failed.errors).join(". "),
    ...historyLines(history),
  };
}

function moveForm(shortId: string, failed: Failed | null): Form {
  return formView(
    {
      id: "move",
      action: `${participantUrl(shortId)}/move`,
      submit: `Move ${shortId}`,
      fields: [
        { name: "timeZone", label: "Time zone", type: "zone", hint: "Such as Asia/Tokyo." },
        {
          name: "from",
          label: "From",
          hint: "An instant with its offset, such as 2026-11-25T18:00+01:00; empty = now.",
        },
        WHY,
      ],
    },
    failed,
  );
}
