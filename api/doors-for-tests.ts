/** Who knocks at every door: each role, a coordinator who is bound to a site, and nobody. */
export const WHO = ["nobody", "researcher", "ops", "admin", "coordinator", "oslo"] as const;
export type Who = (typeof WHO)[number];

const everybody: readonly Who[] = ["researcher", "ops", "admin", "coordinator", "oslo"];
const coordinators: readonly Who[] = ["admin", "coordinator", "oslo"];
const messageReaders: readonly Who[] = [...coordinators, "ops"];
const wholeStudy: readonly Who[] = ["admin", "coordinator"];

type Door = readonly Who[] | "open" | "signed";

/** The same door for several methods and ends of one address. */
function opened(door: Door, methods: readonly string[], path: string, ends: readonly string[]) {
  const routes = ends.flatMap((end) => methods.map((method) => `${method} ${path}${end}`));
  return Object.fromEntries(routes.map((route) => [route, door]));
}

/**
 * Every route of the app and who gets past its door; "open" is for nobody in particular. Whoever is let in may still
 * be told that a form is wrong. The participant of an address is one of Oslo's. What is signed needs a signature and nobody:
 * without it, it is refused whoever asks.
 */
export const doors: Readonly<Record<string, Door>> = {
  "GET /healthz": "open",
  "GET /favicon.ico": "open",
  "GET /sign-in": "open",
  "POST /sign-in": "open",
  "POST /sign-out": "open",
  "GET /sign-in/link": "open",
  "POST /sign-in/link": "open",
  "GET /sign-in/oidc": "open",
  "GET /sign-in/oidc/callback": "open",
  "GET /": everybody,
  "GET /events": everybody,
  "GET /participants": everybody,
  "GET /participants/:id": everybody,
  "GET /participants/:id/days/:day": everybody,
  "GET /participants/:id/ledger": everybody,
  "GET /save-the-data": everybody,
  "GET /api/v1/openapi.json": "open",
  "GET /api/v1/docs": "open",
  "GET /api/v1/studies": everybody,
  "GET /api/v1/metrics": everybody,
  "GET /api/v1/studies/:study/days": everybody,
  "GET /api/v1/participants": everybody,
  "GET /api/v1/participants/:id": everybody,
  "GET /api/v1/participants/:id/devices": everybody,
  "GET /api/v1/participants/:id/days": everybody,
  "GET /api/v1/participants/:id/gaps": everybody,
  "GET /api/v1/participants/:id/sleep": everybody,
  "GET /api/v1/participants/:id/daily-values": everybody,
  "GET /api/v1/participants/:id/samples": everybody,
  "GET /api/v1/participants/:id/imputation-runs": everybody,
  "GET /api/v1/participants/:id/days/:day/draws": everybody,
  "POST /api/v1/participants/:id/imputation": everybody,
  "POST /api/v1/participants/:id/fetch": messageReaders,
  "GET /audit": ["admin"],
  "GET /participants/:id/contact": coordinators,
  "POST /participants/:id/contact": coordinators,
  "POST /participants/:id/contact/refusal": coordinators,
  "POST /participants/:id/contact/erase": coordinators,
  "GET /participants/:id/write": coordinators,
  "POST /participants/:id/write": coordinators,
  "GET /bulk": coordinators,
  "POST /bulk": coordinators,
  "GET /messages": messageReaders,
  "GET /messages/:id": messageReaders,
  "GET /messages/:id/body": coordinators,
  "POST /messages/:id/cancel": coordinators,
  "POST /messages/:id/arrived": coordinators,
  "POST /messages/:id/lost": coordinators,
  "POST /messages/:id/send": coordinators,
  "GET /rules": messageReaders,
  "GET /digest": messageReaders,
  "POST /rules/:slug": wholeStudy,
  "POST /rules/:slug/hold": wholeStudy,
  "POST /participants/:id/called": coordinators,
  "POST /mail/events/sendgrid": "signed",
  "POST /webhooks/google-health": "signed",
  "GET /unsubscribe": "signed",
  "POST /unsubscribe": "signed",
  "POST /participants/:id/fetch": messageReaders,
  ...opened("signed", ["GET"], "/consent", ["", "/begin", "/callback", "/done"]),
  ...opened("signed", ["GET", "POST"], "/sharing", [""]),
  ...opened(coordinators, ["GET", "POST"], "/participants/:id/consent", [""]),
  "POST /participants/:id/consent/end": coordinators,
  "GET /consents": coordinators,
  ...opened(wholeStudy, ["GET", "POST"], "/consents/campaigns/:slug", [""]),
  "POST /consents/campaigns/:slug/stop": wholeStudy,
  ...opened(coordinators, ["GET", "POST"], "/participants/:id/participation", [
    "/pause",
    "/resume",
    "/withdraw",
    "/erase",
  ]),
  "GET /set-up": wholeStudy,
  "GET /set-up/studies/:slug": wholeStudy,
  "POST /set-up/studies": wholeStudy,
  "POST /set-up/studies/:slug/settings": wholeStudy,
  "POST /set-up/studies/:slug/sites": wholeStudy,
  "POST /set-up/studies/:slug/arms": wholeStudy,
  "GET /set-up/participants": coordinators,
  "GET /set-up/participants/:id": coordinators,
  "POST /set-up/participants": coordinators,
  "POST /set-up/participants/:id/activate": coordinators,
  "POST /set-up/participants/:id/pause": coordinators,
  "POST /set-up/participants/:id/resume": coordinators,
  "POST /set-up/participants/:id/withdraw": coordinators,
  "POST /set-up/participants/:id/complete": coordinators,
  "POST /set-up/participants/:id/move": coordinators,
  "POST /set-up/import/check": wholeStudy,
  "POST /set-up/import/apply": wholeStudy,
};
