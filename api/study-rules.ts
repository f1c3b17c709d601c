import type { ParticipantStatus } from "../sql/status.ts";
import type { Study } from "../sql/studies.ts";
import { StudySettings } from "../sql/studies.ts";

/** What of a study's settings the pages judge a participant by. */
export type Rules = Pick<StudySettings, "inactiveHours" | "validDayMinutes">;

/** The rules of every study, and what all of them agree on; null where they do not. */
export type StudyRules = Readonly<{
  of(participant: Pick<ParticipantStatus, "study">): Rules;
  common: Readonly<{ [Name in keyof Rules]: Rules[Name] | null }>;
}>;

/** The rules in force of these studies; of any other, the defaults: it was made a moment ago. */
export function studyRules(studies: readonly Pick<Study, "slug" | "settings">[]): StudyRules {
  const defaults = StudySettings.parse({});
  const bySlug = new Map<string, Rules>(studies.map(({ slug, settings }) => [slug, settings]));
  const every = studies.length > 0 ? [...bySlug.values()] : [defaults];
  return {
    of: ({ study }) => bySlug.get(study) ?? defaults,
    common: {
      inactiveHours: agreed(every.map(({ inactiveHours }) => inactiveHours)),
      validDayMinutes: agreed(every.map(({ validDayMinutes }) => validDayMinutes)),
    },
  };
}

function agreed(values: readonly number[]): number | null {
  const [first = null] = values;
  return values.every((each) => each === first) ? first : null;
}
