import { parseArgs } from "node:util";
import { z } from "zod";
import { readConfig } from "../config.ts";
import { connectParticipant } from "../consent/connect.ts";
import { googleOf } from "../consent/google.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { readContact, saveContact } from "../sql/contacts.ts";
import { enrolParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { createPool } from "../sql/pool.ts";
import { ensureStudy } from "../sql/studies.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";

/**
 * Sets up the demo study from the simulator's roster: what a coordinator and 24 consents would have done. Each
 * participant's code is redeemed at the real token endpoint of the simulator and the grant stored encrypted.
 * Run twice = no change.
 */
const Roster = z.array(
  z.object({
    participant: z.string(),
    timeZone: z.string(),
    enrolledOn: z.iso.date(),
    arm: z.string().nullable(),
    site: z.string().nullable(),
    code: z.string(),
  }),
);

const { values } = parseArgs({
  options: {
    study: { type: "string", default: "demo" },
    name: { type: "string", default: "Demo study (simulated people)" },
  },
});
const config = readConfig();
const { SIMULATOR_URL, DATABASE_URL, TOKEN_KEY } = config;
const google = googleOf(config, () => new Date(), { minimumGapMs: 0 });
if (!SIMULATOR_URL || !DATABASE_URL || !TOKEN_KEY || !google) {
  throw new Error("seed-demo is run by npm start, which sets SIMULATOR_URL and the rest");
}
const { source, authorizer } = google;
const cipher = createTokenCipher(TOKEN_KEY, config.TOKEN_KEY_BEFORE);
const contactCipher = createContactCipher(TOKEN_KEY, config.TOKEN_KEY_BEFORE);

const db = createPool(DATABASE_URL, "wearflow-seed", 1);
try {
  const reply = await fetch(new URL("/simulator/roster", SIMULATOR_URL));
  const roster = Roster.parse(await reply.json());
  const connected = await seed(db, roster);
  console.log(`study ${values.study}: ${roster.length} participants, ${connected} newly connected`);
} finally {
  await db.end();
}

async function seed(pool: Queryable, roster: z.infer<typeof Roster>): Promise<number> {
  const studyId = await ensureStudy(pool, {
    slug: values.study,
    name: values.name,
    settings: { ingestIntervalMinutes: 5 },
    by: "npm start",
    why: "first start with the simulator",
  });
  let connected = 0;
  for (const { participant, code, ...enrolment } of roster) {
    const person = { ...enrolment, studyId, shortId: participant, state: "active" } as const;
    const participantId = await enrolParticipant(pool, person);
    await introduce(pool, participantId, participant);
    if (await isConnected(pool, participantId)) continue;
    const redirectUri = new URL("/consent/callback", `http://127.0.0.1:${config.HTTP_PORT}`).href;
    await connectParticipant({ db: pool, source, authorizer, cipher }, participantId, {
      code,
      redirectUri,
    });
    connected += 1;
  }
  return connected;
}

/** Gives a simulated person a name and an address that no mail server takes (RFC 2606). */
async function introduce(pool: Queryable, id: number, shortId: string): Promise<void> {
  const contacts = { db: pool, cipher: contactCipher };
  if ((await readContact(contacts, id)) !== null) return;
  const contact = {
    name: `Simulated ${shortId}`,
    email: `${shortId.toLowerCase()}@participants.example`,
    language: "en",
    emailConsent: true,
  };
  const because = { by: "npm start", why: "first start with the simulator" };
  await saveContact(contacts, { id, shortId }, contact, because);
}

async function isConnected(pool: Queryable, participantId: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    "select 1 from study.connection where participant_id = $1::int and source = $2::text",
    [participantId, source.name],
  );
  return rowCount === 1;
}
