/** What some pages are about. */
type About = Readonly<{ who: string; message: string; day: string; unsubscribe: string }>;

/** A page: the route that shows it, an address of it, and whether nobody need be signed in. */
export type PageToLookAt = Readonly<{ route: string; path: string; open?: true }>;

/** Every page of the workspace by the name of its picture; those participants see of consent have a test of their own. */
export function everyPage({ who, message, day, unsubscribe }: About) {
  const person = `/participants/${who}`;
  const pages: Readonly<Record<string, PageToLookAt>> = {
    participants: { route: "/", path: "/" },
    "participants-by-battery": { route: "/", path: "/?show=active&sort=battery" },
    participant: { route: "/participants/:id", path: person },
    day: { route: "/participants/:id/days/:day", path: `${person}/days/${day}` },
    ledger: { route: "/participants/:id/ledger", path: `${person}/ledger` },
    "save-the-data": { route: "/save-the-data", path: "/save-the-data" },
    contact: { route: "/participants/:id/contact", path: `${person}/contact` },
    write: { route: "/participants/:id/write", path: `${person}/write` },
    "write-to-withdrawn": { route: "/participants/:id/write", path: "/participants/S2-0408/write" },
    message: { route: "/messages/:id", path: `/messages/${message}` },
    messages: { route: "/messages", path: "/messages" },
    digest: { route: "/digest", path: "/digest" },
    consents: { route: "/consents", path: "/consents" },
    campaign: { route: "/consents/campaigns/:slug", path: "/consents/campaigns/sleep-2" },
    "consent-of": { route: "/participants/:id/consent", path: `${person}/consent` },
    several: { route: "/bulk", path: `/bulk?id=${who}&id=S2-0406&id=S2-0408` },
    rules: { route: "/rules", path: "/rules" },
    "set-up": { route: "/set-up", path: "/set-up" },
    study: { route: "/set-up/studies/:slug", path: "/set-up/studies/sleep-2" },
    "set-up-participants": {
      route: "/set-up/participants",
      path: "/set-up/participants?study=sleep-2",
    },
    "set-up-participant": {
      route: "/set-up/participants/:id",
      path: "/set-up/participants/S2-0412",
    },
    withdraw: {
      route: "/participants/:id/participation/withdraw",
      path: `${person}/participation/withdraw`,
    },
    audit: { route: "/audit", path: "/audit" },
    error: { route: "", path: "/nowhere" },
    "sign-in": { route: "/sign-in", path: "/sign-in", open: true },
    "sign-in-link": { route: "/sign-in/link", path: "/sign-in/link?token=none", open: true },
    unsubscribe: { route: "/unsubscribe", path: unsubscribe, open: true },
  };
  return pages;
}

/** Routes by GET that show no page: data, redirects, streams, the mail in its own sandbox; and pages that are another's with other words. */
const NO_PAGES =
  /^\/(healthz|favicon\.ico|events|participants|assets\/.*|api\/v1\/.*|messages\/:id\/body|consent|consent\/.*|sharing|participants\/:id\/participation\/(pause|resume|erase))$/;

/** The routes of an app that show pages. */
export function routesOfPages(
  routes: readonly Readonly<{ method: string; path: string }>[],
): readonly string[] {
  const paths = routes.filter(({ method }) => method === "GET").map(({ path }) => path);
  return [...new Set(paths)].filter((path) => !NO_PAGES.test(path)).toSorted();
}
