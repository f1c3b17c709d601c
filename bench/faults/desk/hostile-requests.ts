import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ours, pagesOf } from "../../../api/set-up-for-tests.ts";
import { createSendgridMailer } from "../../../mail/sendgrid.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";
import { clearMessages, idOf, sendToItsEnd, WHO } from "./desk.ts";
import { OPEN_REDIRECTS, TRAVERSALS } from "./payloads.ts";

const html = { Accept: "text/html" };

const STRANGERS: readonly Readonly<Record<string, string>>[] = [
  { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
  { "Sec-Fetch-Site": "same-site" },
  { Origin: "null" },
  { Origin: "https://evil.example" },
  {},
];

/** T21: another site's pages send forms here. */
export const crossSite: FaultTest<Desk> = {
  id: "T21",
  promise:
    "forms and JSON from other sites, without or with a null origin, and sending by GET: nothing is accepted on any route",
  async run(desk) {
    await clearMessages(desk);
    const draft = await desk.draft();
    const statuses: number[] = [];
    for (const path of changingPaths(desk, idOf(draft)))
      statuses.push(...(await byStrangers(desk, path)));
    statuses.push((await desk.app.request(`${draft}/send`, { headers: ours })).status);
    const accepted = statuses.filter((status) => status !== 403 && status !== 405).length;
    return {
      passed:
        accepted === 0 &&
        statuses.length > 300 &&
        (await desk.world.status(idOf(draft))) === "draft",
      figure: figureOf({ requests: statuses.length, accepted }),
    };
  },
};

/** Every address that takes a form, but those that take a signature instead of a visitor. */
function changingPaths({ app }: Desk, message: string): string[] {
  const signed = new Set(["/mail/events/sendgrid", "/unsubscribe"]);
  const paths = app.routes.filter(({ method, path }) => method === "POST" && !signed.has(path));
  return [...new Set(paths.map(({ path }) => path))].map((path) =>
    path.replace(":id", path.startsWith("/messages") ? message : WHO).replace(":slug", "sleep-2"),
  );
}

const TYPES = ["application/x-www-form-urlencoded", "application/json", "text/plain"];

async function byStrangers({ app }: Desk, path: string): Promise<number[]> {
  const statuses: number[] = [];
  for (const stranger of STRANGERS)
    for (const type of TYPES) {
      const headers = { ...stranger, "Content-Type": type };
      const body = type === "application/json" ? "{}" : "why=because";
      statuses.push((await app.request(path, { method: "POST", headers, body })).status);
    }
  return statuses;
}

/** T30: paths that climb, addresses that lead elsewhere, and a provider that sends us somewhere. */
export const ledElsewhere: FaultTest<Desk> = {
  id: "T30",
  promise:
    "paths that climb find nothing, no sign-in leads to another host, a foreign Host stands in no link, and a redirect of the mail provider is not followed",
  async run(desk) {
    const canary = await startCanary();
    try {
      let climbed = 0;
      for (const path of TRAVERSALS) {
        const reply = await desk.get(path);
        if (reply.status !== 404 || /root:|"dependencies"/.test(await reply.text())) climbed += 1;
      }
      const redirected = await openRedirects(desk);
      const hosts = await foreignHost(desk, canary.url);
      await clearMessages(desk);
      await sendToItsEnd(desk, await desk.world.queued(WHO), canary.mailer);
      return {
        passed: climbed + redirected + hosts === 0 && canary.hits() === 0 && canary.asked() === 1,
        figure: figureOf({
          paths: TRAVERSALS.length,
          climbed,
          redirects: OPEN_REDIRECTS.length,
          to_another_host: redirected,
          links_with_a_foreign_host: hosts,
          hits_on_the_canary: canary.hits(),
        }),
      };
    } finally {
      canary.stop();
    }
  },
};

async function openRedirects(desk: Desk): Promise<number> {
  let elsewhere = 0;
  const strangers = pagesOf(desk.world.database, new Date(), false);
  for (const next of OPEN_REDIRECTS) {
    const asked = await strangers.request(`/sign-in?${new URLSearchParams({ next })}`, {
      headers: html,
    });
    const form = /name="next" value="([^"]*)"/.exec(await asked.text())?.[1] ?? "/";
    if (!form.startsWith("/") || /^\/[/\\]/.test(form)) elsewhere += 1;
  }
  return elsewhere;
}

/** A message written through a forged Host must link to our own address. */
async function foreignHost(desk: Desk, url: string): Promise<number> {
  await clearMessages(desk);
  const reply = await desk.app.request(`/participants/${WHO}/write`, {
    method: "POST",
    headers: { ...ours, Host: new URL(url).host, "X-Forwarded-Host": "evil.example" },
    body: new URLSearchParams({ template: "inactive", paragraph: "" }),
  });
  const path = reply.headers.get("Location");
  if (path === null) return 0;
  const text = await (await desk.get(`${path}/body?as=text`)).text();
  return /evil\.example/.test(text) || text.includes(new URL(url).host) ? 1 : 0;
}

/** A server that must not be asked, and a SendGrid that sends us there. */
async function startCanary() {
  let hits = 0;
  let asked = 0;
  const canary = createServer((_request, reply) => {
    hits += 1;
    reply.end();
  }).listen(0, "127.0.0.1");
  const portOf = (server: typeof canary) => (server.address() as AddressInfo).port;
  const provider = createServer((request, reply) => {
    asked += 1;
    request.resume();
    reply.writeHead(307, { Location: `http://127.0.0.1:${portOf(canary)}/latest/meta-data` }).end();
  }).listen(0, "127.0.0.1");
  await Promise.all(
    [canary, provider].map((each) => new Promise((resolve) => each.once("listening", resolve))),
  );
  const from = { email: "study@clinic.example", name: "SLEEP-2" };
  return {
    url: `http://127.0.0.1:${portOf(canary)}`,
    mailer: createSendgridMailer({
      from,
      replyTo: from.email,
      apiKey: "SG.x",
      baseUrl: `http://127.0.0.1:${portOf(provider)}/`,
      unsubscribeGroup: null,
      timeoutMs: 1000,
    }),
    hits: () => hits,
    asked: () => asked,
    stop() {
      for (const each of [canary, provider]) {
        each.closeAllConnections();
        each.close();
      }
    },
  };
}
