/**
 * Every fault that can be switched on, with what it does: the one list of them. `POST /simulator/faults` switches them
 * on, `GET /simulator/fault-kinds` shows this list. Options stand in brackets; switchboard.ts says what they default to.
 *
 * Not faults but ways of the world: late syncs, lost phones and exchanged devices (personas/), what a participant
 * deletes or takes back at Google (`POST /simulator/deletions`, `/simulator/revocations`), and a page never holding more
 * than 5,000 points although 10,000 are asked for (`pageCap` of the simulator's options).
 */
export const faultKinds = {
  // The server refuses or fails.
  rateLimit:
    "429; how long to wait is told in seconds, as a date, in Google's RetryInfo, absurdly or not at all [retryAfter, seconds, minutes]",
  status500: "500 INTERNAL, as Google's now and then",
  status503: "503 UNAVAILABLE",
  htmlWith200: "a page of HTML with status 200, as a captive portal or a proxy sends it",
  slow: "the right answer, late [milliseconds]",
  // The way to the server fails.
  reset: "the connection is reset before a byte is answered",
  brokenOff: "half of the answer's bytes, then the connection is closed",
  hang: "no answer, for as long as the other side waits",
  // An answer that is none, or too much.
  truncatedBody: "the first half of the JSON, as if it were all",
  brokenJson: "whole text that is no JSON",
  otherShape: "sound JSON of which nothing is known",
  wrongContentType: "the right answer, called text/html",
  gzipBomb: "a few kilobytes that unpack to very many [megabytes]",
  hugePage: "a sound page whose points are repeated until it is very long [megabytes]",
  // Readings that cannot be.
  implausible: "the newest heart rate is 999",
  nan: "the newest heart rate is NaN",
  strangeValue: "the newest reading has this value: NaN, Infinity, -5, 1000000000 [value]",
  strangeTime: "the newest reading has this time: 2036, 1970, or none at all [time]",
  unknownType: "one more reading, of a type nobody knows",
  unalignedWindows: "rolled-up windows lie half a minute off",
  clockSkew: "the server's clock is off: its Date, and every instant in the answer [minutes]",
  // Paging.
  emptyPageWithToken: "an empty page with a token, and the same page after it",
  repeatedToken: "the page's own token again: a loop",
  duplicates: "every reading twice",
  shuffled: "the readings of a page in any order",
  overlap: "the next page begins a hundred minutes earlier than this one ends",
  // Refusals of one participant, and of our project.
  scopeMissing: "403: the participant did not grant this type's scope",
  permissionDenied: "403 without a reason: the account is refused",
  accountNotLinked: "400 ACCOUNT_NOT_LINKED",
  unauthenticated: "401: the access token is refused",
  serviceDisabled: "403 SERVICE_DISABLED: the API is not enabled for our project",
  invalidGrant: "the token endpoint says invalid_grant",
  invalidClient: "the token endpoint says invalid_client: our own client is refused",
  tokenHtml502: "the token endpoint, or the one that revokes, answers 502 with HTML",
  // What the participant does on the consent page.
  accessDenied: "the participant declines",
  scopeSubset: "the participant ticks only these scopes [scopes]",
} as const;

export type FaultKind = keyof typeof faultKinds;

const isFaultKind = (name: string): name is FaultKind => Object.hasOwn(faultKinds, name);

/** The names of all faults. */
export const faultNames: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind);
