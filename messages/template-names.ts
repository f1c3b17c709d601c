/** What a participant can be written to about, most urgent first; each has a file a language in templates/. */
export const TEMPLATE_NAMES = [
  "data_at_risk",
  "consent_needed",
  "consent_first",
  "inactive",
  "battery_low",
  "low_wear",
  "few_nights",
  "consent_ending",
  "thanks",
  "study_end",
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

/** Those that bring a link by which the participant consents. */
export const INVITATIONS: ReadonlySet<TemplateName> = new Set([
  "consent_needed",
  "consent_first",
  "consent_ending",
]);

/** What people who send them call them. */
export const templateWords: Readonly<Record<TemplateName, string>> = {
  data_at_risk: "Data at risk",
  consent_needed: "Consent needed again",
  consent_first: "First consent",
  inactive: "No sync for two days",
  battery_low: "Battery low",
  low_wear: "Low wear time",
  few_nights: "Few nights recorded",
  consent_ending: "Consent about to end",
  thanks: "Thanks",
  study_end: "End of study",
};

/** The languages messages are written in; whoever has another reads the first. */
export const LANGUAGES = ["en", "nb"] as const;
export type Language = (typeof LANGUAGES)[number];

export const languageWords: Readonly<Record<Language, string>> = { en: "English", nb: "Norwegian" };

/** The language a participant is written to in. */
export function languageFor(wish: string): Language {
  return LANGUAGES.find((each) => each === wish) ?? "en";
}
