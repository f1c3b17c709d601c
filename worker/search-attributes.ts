import { defineSearchAttributeKey } from "@temporalio/common";

/** What ops can filter runs by. Only ids and states: search attributes are never encrypted. */
export const studyKey = defineSearchAttributeKey("Study", "KEYWORD");
export const armKey = defineSearchAttributeKey("Arm", "KEYWORD");
export const participantStateKey = defineSearchAttributeKey("ParticipantState", "KEYWORD");
const outcomeKey = defineSearchAttributeKey("Outcome", "KEYWORD");

/** Name → type as Temporal's own tools spell it, for whoever sets a server up. */
export const SEARCH_ATTRIBUTES: Readonly<Record<string, "Keyword">> = Object.fromEntries(
  [studyKey, armKey, participantStateKey, outcomeKey].map(({ name }) => [name, "Keyword"] as const),
);
