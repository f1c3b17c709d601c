import { createSendgridMailer } from "../../../mail/sendgrid.ts";
import { createSmtpMailer } from "../../../mail/smtp.ts";
import type { SendgridAnswer } from "../../../testing/mail-servers.ts";
import { startSendgrid, startSmtp } from "../../../testing/mail-servers.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";
import { clearMessages, handIn, sendToItsEnd, signedReport, WHO } from "./desk.ts";

const sender = {
  from: { email: "study@clinic.example", name: "SLEEP-2" },
  replyTo: "team@clinic.example",
};
const TAKEN = { status: 202, headers: { "x-message-id": "abc" } } as const;

/** What the provider does, and how often it must have been asked in the end. */
const MANNERS: readonly (readonly [
  what: string,
  answers: readonly SendgridAnswer[],
  asked: number,
])[] = [
  ["429", [{ status: 429 }, TAKEN], 2],
  ["503 twice", [{ status: 503 }, { status: 503 }, TAKEN], 3],
  ["500 after it took it", [{ status: 500 }, TAKEN], 1],
  ["silence after it took it", [{ status: 202, hang: true }, TAKEN], 1],
  ["a page with 200", [{ status: 200, body: "<html>" }, TAKEN], 1],
  ["a redirect", [{ status: 302, headers: { Location: "/elsewhere" } }, TAKEN], 1],
];

/** T27: the provider fails while a message is on its way. */
export const providerFails: FaultTest<Desk> = {
  id: "T27",
  promise:
    "429, 503, 500, silence, a page or a redirect after the bytes left: no message twice, none unknown once the provider reports",
  async run(desk) {
    let duplicates = 0;
    let unknown = 0;
    let left = 0;
    let wrong = 0;
    for (const [, answers, expected] of MANNERS) {
      const { asked, status } = await tryWith(desk, answers);
      // Asked again is a duplicate only where the provider may have taken it before.
      duplicates += Math.max(0, asked - expected);
      if (asked !== expected) wrong += 1;
      if (status === "unknown") unknown += 1;
      if ((await reported(desk)) !== "delivered") left += 1;
    }
    const smtp = await overSilentSmtp(desk);
    return {
      passed: duplicates + left + wrong === 0 && unknown === 4 && smtp.handedOver === 1,
      figure: figureOf({
        manners: MANNERS.length + 1,
        duplicates: duplicates + smtp.handedOver - 1,
        unknown_at_first: unknown + (smtp.status === "unknown" ? 1 : 0),
        unknown_left: left,
      }),
    };
  },
};

async function tryWith(desk: Desk, answers: readonly SendgridAnswer[]) {
  await clearMessages(desk);
  const server = await startSendgrid(answers);
  const { baseUrl } = server;
  const mailer = createSendgridMailer({
    ...sender,
    apiKey: "SG.x",
    baseUrl,
    unsubscribeGroup: null,
    timeoutMs: 500,
  });
  const message = await desk.world.queued(WHO);
  try {
    await sendToItsEnd(desk, message, mailer);
    const status = await desk.world.status(message);
    // A workflow that is started again, or a worker that tries the activity again.
    await sendToItsEnd(desk, message, mailer);
    return { asked: server.bodies.length, status };
  } finally {
    server.stop();
  }
}

/** What the message is once the provider has said that it was delivered. */
async function reported(desk: Desk): Promise<string> {
  const { rows } = await desk.world.deps.db.query<{ id: string }>("select id from study.message");
  const message = rows[0]?.id ?? "";
  await handIn(desk, signedReport(desk, [{ event: "delivered", message }]));
  return desk.world.status(message);
}

/** An SMTP server that takes the whole message and never says so. */
async function overSilentSmtp(desk: Desk) {
  await clearMessages(desk);
  const server = await startSmtp({ silent: true });
  const mailer = createSmtpMailer({ ...sender, url: server.url, timeoutMs: 500 });
  const message = await desk.world.queued(WHO);
  try {
    for (let time = 0; time < 3; time += 1) await sendToItsEnd(desk, message, mailer);
    return { handedOver: server.received.length, status: await desk.world.status(message) };
  } finally {
    await server.stop();
  }
}
