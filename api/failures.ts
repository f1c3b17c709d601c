import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What a visitor is told: no cause, no stack, no address of anything inside. */
export type Failure = Readonly<{
  status: ContentfulStatusCode;
  title: string;
  detail: string;
  advice: readonly string[];
}>;

const OURS: Omit<Failure, "status"> = {
  title: "Something went wrong on our side",
  detail: "The page could not be made. Nothing was changed and nothing was lost.",
  advice: [
    "Try again in a moment. If it happens again, give the number below to whoever runs Wearflow.",
  ],
};

const known: Readonly<Record<number, Omit<Failure, "status">>> = {
  400: {
    title: "What was sent cannot be read",
    detail:
      "It is no form as a browser sends it, or holds a character that no text may hold. Nothing was changed.",
    advice: ["Go back, reload the page and try again."],
  },
  401: {
    title: "Nobody is signed in",
    detail: "This is shown only to people who are signed in, and a sign-in ends after a while.",
    advice: ["Sign in and come back."],
  },
  403: {
    title: "You may not open this",
    detail: "Your role does not include this page, or another site tried to fetch it.",
    advice: ["Open the participant list, or ask an administrator for the right you need."],
  },
  404: {
    title: "Nothing at this address",
    detail: "There is no such page, or no participant with this id.",
    advice: [
      "Ids are written exactly as in the participant list, for example S2-0417. Search for it there.",
    ],
  },
  405: {
    title: "This cannot be done here",
    detail:
      "The address exists, but not for what was asked of it: some only show things, some only take changes.",
    advice: ["Go back to the participant list and try from there."],
  },
  410: {
    title: "This link is no longer good",
    detail: "It was used, is older than a day, or another was made in its place.",
    advice: [
      "Ask an administrator for a new one (npm run wearflow -- staff link).",
      "The first administrator's is printed whenever Wearflow starts and nobody has an account yet.",
    ],
  },
  413: {
    title: "That is too large",
    detail: "What was sent is larger than anything this address takes. Nothing was changed.",
    advice: ["Go back and send less."],
  },
  421: {
    title: "Open the demo under its own address",
    detail: "While the demo signs everybody in, it answers only to localhost, 127.0.0.1 and [::1].",
    advice: ["Use the address npm start printed, on the machine it runs on."],
  },
  429: {
    title: "Too many pages are open",
    detail:
      "As many pages as there is room for are listening for changes, here or from your address. What they show is " +
      "right, but this one will not change by itself.",
    advice: ["Close pages you do not need.", "Until then, reload the page to see what is new."],
  },
  500: OURS,
  503: {
    title: "Cannot reach the database",
    detail:
      "The list is not empty: it cannot be read right now. Nothing can be said about any participant until it can.",
    advice: [
      "Try again in a minute.",
      "If it lasts, tell whoever runs Wearflow: the api process is up, the database behind DATABASE_URL does not answer.",
    ],
  },
  504: {
    title: "No answer in time",
    detail:
      "What you sent was not finished in the time it gets. It may have been done, or may still be: nobody can tell yet.",
    advice: [
      "Look at the page first: a change that was made stands in its history. Send it again only if it is not there.",
      "If it happens again, give the number below to whoever runs Wearflow.",
    ],
  },
};

/** The failure with this status; one nobody has written words for is told as our own. */
export function failureOf(status: number): Failure {
  const found = known[status];
  return found ? { status: status as ContentfulStatusCode, ...found } : { status: 500, ...OURS };
}

/** The status an error becomes: a refusal keeps its own, an unreachable database is 503, all else is 500. */
export function statusOf(error: unknown): number {
  if (error instanceof HTTPException) return error.status;
  return isDatabaseUnreachable(error) ? 503 : 500;
}

/** The database did not answer within the time a page may take. */
export class DatabaseSilent extends Error {}

const UNREACHABLE_CODES =
  /^(E(CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT)|08...|28...|57P0[123]|53300)$/;
const UNREACHABLE_WORDS =
  /^(Connection terminated|Query read timeout|timeout (expired|exceeded)|Client has encountered a connection error|Client was closed)/;

/** Whether an error of pg says that nobody answered, as against an answer that was an error. */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseSilent || UNREACHABLE_WORDS.test(error.message)) return true;
  return "code" in error && UNREACHABLE_CODES.test(String(error.code));
}
