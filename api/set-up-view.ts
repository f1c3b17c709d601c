import { changesBetween, settingFields, settingsAsText } from "../set-up/settings-text.ts";
import { StudySettings } from "../sql/studies.ts";
import type { StudySetUp } from "../sql/study-changes.ts";
import type { Failed, FieldSpec, Form } from "./set-up-form.ts";
import { formView, WHY } from "./set-up-form.ts";
import { wordsFor } from "./words.ts";

/** What a page says after a change, by the word in its address. */
const done: Readonly<Record<string, string>> = {
  study: "The study is made. Add its sites and arms, then participants.",
  settings: "A new version of the settings holds from now on. Schedules follow within 5 minutes.",
  site: "The site is added.",
  arm: "The arm is added.",
  enrolled: "Enrolled. Schedules follow within 5 minutes.",
  already: "Enrolled so already: nothing was changed.",
  state: "The state is changed. Schedules follow within 5 minutes.",
  move: "The move is kept. Days that end after it are read again, or counted anew where nothing is read of the participant; schedules follow within 5 minutes.",
};

export function doneWords(word: string | undefined): string {
  return wordsFor(done, word);
}

/** An instant in a history: `2026-11-25 12:00 UTC`. */
export function utcMinute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export const studyUrl = (slug: string) => `/set-up/studies/${slug}`;
export const participantsUrl = (slug: string) => `/set-up/participants?study=${slug}`;

/** The page of all studies. */
export function setUpView(studies: readonly StudySetUp[], failed: Failed | null) {
  return {
    rows: studies.map(({ slug, name, participants, sites, arms, versions: [current] }) => ({
      slug,
      name,
      href: studyUrl(slug),
      participantsHref: participantsUrl(slug),
      participants,
      places: `${sites.length} ${sites.length === 1 ? "site" : "sites"}, ${arms.length} ${arms.length === 1 ? "arm" : "arms"}`,
      version: `version ${current.version}, ${utcMinute(current.at)}`,
    })),
    form: formView(
      {
        id: "create",
        action: "/set-up/studies",
        submit: "Make the study",
        fields: [
          {
            name: "slug",
            label: "Short name",
            hint: "Lower-case letters, digits and hyphens; stands in addresses and Temporal ids and never changes.",
          },
          { name: "name", label: "Name" },
          WHY,
        ],
      },
      failed,
    ),
  };
}

/** The page of one study: settings and their history, sites and arms. */
export function studyView(study: StudySetUp, failed: Failed | null) {
  const { slug, name, participants, sites, arms, versions } = study;
  return {
    slug,
    name,
    participants,
    participantsHref: participantsUrl(slug),
    form: settingsForm(study, failed),
    places: [
      { id: "sites", title: "Sites", names: sites, form: placeForm("site", slug, failed) },
      { id: "arms", title: "Arms", names: arms, form: placeForm("arm", slug, failed) },
    ],
    history: versions.map(({ version, settings, by, why, at }, index) => ({
      version,
      by,
      why,
      at: utcMinute(at),
      changes: changeWords(versions[index + 1]?.settings ?? StudySettings.parse({}), settings),
    })),
  };
}

function changeWords(before: StudySettings, after: StudySettings): string[] {
  const words = Object.entries(changesBetween(before, after)).map(
    ([key, { from, to }]) => `${key}: ${from || "empty"} → ${to || "empty"}`,
  );
  return words.length === 0 ? ["the defaults"] : words;
}

function settingsForm({ slug, versions: [current] }: StudySetUp, failed: Failed | null): Form {
  const texts = settingsAsText(current.settings);
  const fields = settingFields.map(
    ({ key, title, description, kind, allowed }): FieldSpec => ({
      name: key,
      label: title,
      hint: kind === "boolean" ? description : `${description} ${capital(allowed)}.`,
      value: texts[key] ?? "",
      ...(kind === "boolean"
        ? {
            type: "select" as const,
            options: ["yes", "no"].map((value) => ({ value, label: value })),
          }
        : {}),
    }),
  );
  const version = String(current.version);
  return formView(
    {
      id: "settings",
      action: `${studyUrl(slug)}/settings`,
      submit: `Keep as version ${current.version + 1}`,
      fields: [...fields, WHY],
      hidden: { version },
    },
    failed,
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function placeForm(place: "site" | "arm", slug: string, failed: Failed | null): Form {
  return formView(
    {
      id: place,
      action: `${studyUrl(slug)}/${place}s`,
      submit: `Add the ${place}`,
      fields: [{ name: "name", label: `Name of the ${place}` }, WHY],
    },
    failed,
  );
}
