import type { Mailer } from "../../../mail/mailer.ts";
import { createSmtpMailer } from "../../../mail/smtp.ts";
import { eraseContact, saveContact, setDoNotContact } from "../../../sql/contacts.ts";
import { changeState } from "../../../sql/participant-changes.ts";
import type { Participant } from "../../../sql/participants.ts";
import { findParticipant } from "../../../sql/participants.ts";
import { because } from "../../../testing/contact-world.ts";
import { startSmtp } from "../../../testing/mail-servers.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";
import { clearMessages, countOf, handIn, idOf, sendToItsEnd, signedReport, WHO } from "./desk.ts";

type Change = (desk: Desk, person: Participant) => Promise<unknown>;

const state =
  (verb: "pause" | "withdraw"): Change =>
  ({ world }, { shortId }) =>
    changeState(world.deps.db, { shortId, verb }, because);

/** What may happen to somebody between the click and the sending, each to somebody else. */
const CHANGES: readonly (readonly [who: string, what: string, change: Change])[] = [
  ["S2-0401", "withdrawn", state("withdraw")],
  ["S2-0402", "paused", state("pause")],
  [
    "S2-0405",
    "do not contact",
    ({ world }, person) => setDoNotContact(world.deps.db, { ...person, reason: "called" }, because),
  ],
  [
    "S2-0410",
    "no consent",
    ({ world }, person) => {
      const { db, cipher } = world.deps;
      const card = { name: "Kari", email: "k@home.example", language: "en", emailConsent: false };
      return saveContact({ db, cipher }, person, card, because);
    },
  ],
  ["S2-0411", "erased", ({ world }, person) => eraseContact(world.deps.db, person, because)],
  [
    "S2-0412",
    "bounced",
    async (desk, person) => {
      const earlier = await desk.world.queued(person.shortId, "inactive");
      await desk.world.deps.db.query(
        "update study.message set status = 'accepted', sent_at = now() - interval '11 days' where id = $1::uuid",
        [earlier],
      );
      await desk.world.deps.db.query(
        "update pii.contact set changed_at = now() - interval '12 days' where participant_id = $1::int",
        [person.id],
      );
      await handIn(desk, signedReport(desk, [{ event: "bounce", message: earlier }]));
    },
  ],
];

/** T20: nobody who may not be written to is. */
export const notToBeWrittenTo: FaultTest<Desk> = {
  id: "T20",
  promise:
    "withdrawn, paused, not to be contacted, without consent, erased or bounced between click and sending: nothing is sent, and nothing afterwards",
  async run(desk) {
    await clearMessages(desk);
    const { world } = desk;
    const outcomes: string[] = [];
    for (const [who, what, change] of CHANGES) {
      const person = await findParticipant(world.deps.db, who);
      if (person === null) throw new Error(`There is no ${who}`);
      const queued = await world.queued(who, "thanks");
      await change(desk, person);
      outcomes.push(`${what} ${await sendToItsEnd(desk, queued)}`);
      const again = await desk.post(`/participants/${who}/write`, { template: "thanks" });
      if (again.status === 303) {
        const path = String(again.headers.get("Location"));
        await desk.post(`${path}/send`);
        await world.deps.db.query(
          "update study.message set undo_until = now() where status = 'queued'",
        );
        await sendToItsEnd(desk, idOf(path));
      }
    }
    const control = await sendToItsEnd(desk, await world.queued(WHO));
    const sent = world.sent.length - 1;
    return {
      passed: sent === 0 && control === "accepted",
      figure: figureOf({ tried: 2 * CHANGES.length, outcomes: outcomes.join(", "), sent, control }),
    };
  },
};

const POISON = [
  "\r\nBcc: eve@evil.example",
  "\nTo: eve@evil.example",
  ", eve@evil.example",
  ";eve@evil.example",
  "\u0000",
  " <eve@evil.example>",
];

/** T22: what is typed into a name, an address or a study must not become a header or another recipient. */
export const headersInjected: FaultTest<Desk> = {
  id: "T22",
  promise:
    "line breaks and second addresses in name, address and study name, by the page and behind its back: nobody else gets a message",
  async run(desk) {
    await clearMessages(desk);
    const server = await startSmtp();
    const from = { email: "study@clinic.example", name: "SLEEP-2" };
    const mailer = createSmtpMailer({ url: server.url, from, replyTo: from.email });
    const tried = { tried: 0, refused: 0 };
    try {
      for (const poison of POISON) await injectAll(desk, mailer, poison, tried);
      await clearMessages(desk);
      await card(desk, "Kari", "kari@home.example");
      const control = await sendToItsEnd(desk, await desk.world.queued(WHO), mailer);
      const recipients = server.received.flatMap((mail) => mail.recipients);
      const extra = recipients.filter((address) => address !== "kari@home.example").length;
      const headers = server.received.filter(({ raw }) => hasExtraHeader(raw)).length;
      return {
        passed: extra + headers === 0 && control === "accepted" && recipients.length > 0,
        figure: figureOf({ ...tried, extra_recipients: extra, extra_headers: headers, control }),
      };
    } finally {
      await server.stop();
      await desk.world.deps.db.query("update study.study set name = 'SLEEP-2 trial'");
    }
  },
};

/** Whether a message's head names another recipient; what stands in quotes is a name. */
function hasExtraHeader(raw: string): boolean {
  const head = raw.split("\r\n\r\n")[0]?.replaceAll(/"[^"]*"/g, "") ?? "";
  return /^b?cc:/im.test(head) || /^to:[^\n]*evil/im.test(head);
}

/** Puts it where a page, a file or a hand in the database could. */
async function injectAll(
  desk: Desk,
  mailer: Mailer,
  poison: string,
  tried: { tried: number; refused: number },
) {
  const { db } = desk.world.deps;
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => card(desk, `Kari${poison}`, "kari@home.example"),
    () => card(desk, "Kari", `kari@home.example${poison}`),
    () => db.query("update study.study set name = $1::text", [`SLEEP${poison}`]),
  ];
  const page = {
    name: "Kari",
    email: `kari@home.example${poison}`,
    language: "en",
    consent: "yes",
  };
  const byPage = await desk.post(`/participants/${WHO}/contact`, { ...page, why: "to test" });
  tried.tried += 1;
  if (byPage.status === 422) tried.refused += 1;
  for (const attempt of attempts) {
    await clearMessages(desk);
    tried.tried += 1;
    const went = await attempt()
      .then(() => desk.draft())
      .then(async (path) => {
        await desk.post(`${path}/send`);
        await db.query("update study.message set undo_until = now()");
        return sendToItsEnd(desk, idOf(path), mailer);
      })
      .catch(() => "refused");
    if (went !== "accepted") tried.refused += 1;
  }
}

async function card({ world }: Desk, name: string, email: string): Promise<void> {
  const { db, cipher } = world.deps;
  const person = await findParticipant(db, WHO);
  if (person === null) throw new Error(`There is no ${WHO}`);
  await saveContact(
    { db, cipher },
    person,
    { name, email, language: "en", emailConsent: true },
    because,
  );
}

const TABS = 20;

/** T23: one click is one message. */
export const clickedOften: FaultTest<Desk> = {
  id: "T23",
  promise: "twenty clicks at once, twenty tabs and a retry: one message a person, template and day",
  async run(desk) {
    await clearMessages(desk);
    const path = await desk.draft();
    const clicks = await Promise.all(Array.from({ length: TABS }, () => desk.post(`${path}/send`)));
    const tabs: string[] = [];
    for (let tab = 0; tab < TABS; tab += 1) tabs.push(await desk.draft());
    await Promise.all(tabs.map((tab) => desk.post(`${tab}/send`)));
    await desk.post(`${path}/send`);
    await desk.world.deps.db.query(
      "update study.message set undo_until = now() where status = 'queued'",
    );
    const looks = await Promise.all(
      Array.from({ length: 5 }, () => sendToItsEnd(desk, idOf(path))),
    );
    for (const tab of tabs) await sendToItsEnd(desk, idOf(tab));
    const rows = await countOf(desk, "study.message where status not in ('draft', 'cancelled')");
    return {
      passed: rows === 1 && desk.world.sent.length === 1,
      figure: figureOf({
        clicks: clicks.length + tabs.length + 1,
        senders_at_once: looks.length,
        messages: rows,
        sent: desk.world.sent.length,
      }),
    };
  },
};
