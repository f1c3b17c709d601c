import { randomUUID } from "node:crypto";
import { createApp } from "../api/app.ts";
import type { ConsentPages } from "../api/consent.ts";
import { consentUrl } from "../consent/link.ts";
import { createGoogleHealth } from "../sources/google-health/google-health.ts";
import { createGoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { makeConsentLink } from "../sql/consent-links.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";
import type { IngestWorld } from "./ingest-world.ts";
import { enrol } from "./people.ts";

/** The address the pages believe they have. */
const PAGES = "http://127.0.0.1:8001";

const KEY = "ab".repeat(32);

/** What the pages of consent need, with a provider at this address; nobody is there where none is given. */
export function consentPagesOf(
  db: Queryable,
  clock: () => Date,
  url = "http://127.0.0.1:9",
): ConsentPages {
  return {
    db,
    clock,
    source: createGoogleHealth({ baseUrl: url, clock, minimumGapMs: 0, timeoutMs: 5_000 }),
    authorizer: createGoogleAuthorizer({
      clientId: "wearflow-demo",
      clientSecret: "wearflow-demo-secret",
      tokenUrl: `${url}/token`,
      authorizeUrl: `${url}/o/oauth2/v2/auth`,
      revokeUrl: `${url}/revoke`,
      clock,
    }),
    cipher: createTokenCipher(KEY),
    signer: createContactCipher(KEY),
    log: { warn: () => undefined },
    redirectUri: `${PAGES}/consent/callback`,
  };
}

/** The pages in front of a world, and participants who use them as a browser would. */
export function consentWorld(world: IngestWorld, publicUrl = PAGES) {
  const { db, clock } = world.deps;
  const lines: string[] = [];
  const said = (...words: unknown[]) => void lines.push(JSON.stringify(words));
  const cipher = createContactCipher(KEY);
  const consent: ConsentPages = {
    ...world.consenting,
    signer: cipher,
    log: { warn: said },
    redirectUri: `${publicUrl}/consent/callback`,
  };
  const fetched: string[] = [];
  const app = createApp({
    db,
    clock,
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    publicUrl,
    consent,
    fetchNow: async ({ shortId }) => void fetched.push(shortId),
    log: { info: said, warn: said, error: said },
  });
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { Accept: "text/html", ...headers } });
  return {
    app,
    consent,
    /** Signs links, and seals contact data. */
    cipher,
    /** Everything the pages logged. */
    lines,
    /** Whose data was asked for at once. */
    fetched,
    get,
    /** The simulator's n-th person, enrolled a few days ago and never connected. */
    async newcomer(index: number, enrolledOn = "2026-11-22"): Promise<string> {
      const entry = world.upstream.simulator.roster[index];
      if (!entry) throw new Error(`The simulator has no participant ${index}`);
      const { participant, timeZone } = entry;
      await enrol(db, participant, { timeZone, enrolledOn });
      return participant;
    },
    /** What happened to somebody's consent, oldest first. */
    async happened(shortId: string): Promise<readonly string[]> {
      const { rows } = await db.query<{ what: string }>(
        `select e.what from study.consent_event e join study.participant p on p.id = e.participant_id
         where p.short_id = $1::text order by e.id`,
        [shortId],
      );
      return rows.map(({ what }) => what);
    },
    /** Invites a participant and returns the address of the invitation, without the host. */
    async invite(shortId: string, options: { otherAccount?: boolean; expiresAt?: Date } = {}) {
      const person = await findParticipant(db, shortId);
      if (person === null) throw new Error(`There is no ${shortId}`);
      const link = { id: randomUUID(), participantId: person.id, at: clock(), ...options };
      await makeConsentLink(db, link, { by: "a test", why: "to test" });
      return consentUrl("", link.id, consent.signer);
    },
    /** Leaves by an invitation and says where to and with which cookie. */
    async leave(invitation: string): Promise<Readonly<{ to: URL; cookie: string }>> {
      const reply = await get(invitation.replace("/consent?", "/consent/begin?"));
      const to = reply.headers.get("Location");
      if (to === null) throw new Error(`${reply.status}: ${await reply.text()}`);
      return {
        to: new URL(to),
        cookie: (reply.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "",
      };
    },
    /** Goes the whole way as the owner of this account, and returns the page somebody ends on. */
    async consentAs(account: string, invitation: string): Promise<Response> {
      const { to, cookie } = await this.leave(invitation);
      to.searchParams.set("login_hint", account);
      const back = await fetch(to, { redirect: "manual" });
      const callback = new URL(back.headers.get("Location") ?? "");
      const reply = await get(`${callback.pathname}${callback.search}`, { Cookie: cookie });
      const next = reply.headers.get("Location");
      return next === null ? reply : get(next);
    },
  };
}
