import { after, before, beforeEach } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createContactActivities } from "../activities/contact.ts";
import type { CampaignTurn } from "../activities/reconsent.ts";
import { createReconsentActivities } from "../activities/reconsent.ts";
import type { Campaign } from "../sql/consent-campaigns.ts";
import { beginCampaign } from "../sql/consent-campaigns.ts";
import type { ContactWorld } from "./contact-world.ts";
import { because, contactWorld } from "./contact-world.ts";

/** Never consented; lapsed; lacks a part. */
export const [NEVER, LAPSED, PARTLY] = ["S2-0407", "S2-0413", "S2-0414"];
export const STUDY = "sleep-2";

/** People of every kind a campaign must tell apart, and its activities on them, for the tests of one file. */
export function campaignWorld() {
  let world: ContactWorld | null = null;
  const there = () => {
    if (world === null) throw new Error("The world is not there yet");
    return world;
  };
  const query = (text: string, values: readonly unknown[] = []) =>
    there().database.app.query(text, [...values]);
  before(async () => {
    world = await contactWorld([
      { id: "S2-0401" },
      { id: "S2-0404", connection: "revoked", outcome: "not_authorised" },
      { id: NEVER, state: "invited", connection: null, fetchedHoursAgo: null, days: [] },
      { id: "S2-0408", state: "withdrawn", connection: "reconsent_needed" },
      { id: LAPSED, connection: "reconsent_needed", outcome: "not_authorised" },
      { id: PARTLY, connection: "scope_missing", outcome: "partial" },
    ]);
    await query("update study.connection set status_since = now() - interval '3 days'");
  });
  after(() => there().stop());
  beforeEach(async () => {
    for (const table of ["message", "consent_campaign", "consent_link", "consent_event"])
      await query(`delete from study.${table}`);
    there().sent.length = 0;
  });
  const run = <Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) =>
    new MockActivityEnvironment().run(activity, input) as Promise<Result>;
  return {
    world: there,
    query,
    begin: () => beginCampaign(there().deps.db, STUDY, because),
    async pick({ study, campaign }: Campaign): Promise<number> {
      const { pickForCampaign } = createReconsentActivities(there().deps);
      return (await run(pickForCampaign, { study, campaign })).picked;
    },
    turn({ study, campaign }: Campaign, deps = there().deps): Promise<CampaignTurn> {
      const { takeCampaignTurn } = createReconsentActivities(deps);
      const roundFrom = new Date(Date.now() + 1000).toISOString();
      return run(takeCampaignTurn, { study, campaign, roundFrom });
    },
    /** Consent messages by participant and state. */
    async written(): Promise<readonly string[]> {
      const { rows } = await query(
        `select p.short_id || ' ' || m.template || ' ' || m.status as line from study.message m
         join study.participant p on p.id = m.participant_id order by 1`,
      );
      return rows.map(({ line }) => line);
    },
    /** Lets everything that waits go out now. */
    async sendAll(): Promise<void> {
      await query("update study.message set undo_until = now() where status = 'queued'");
      const { rows } = await query("select id from study.message where status = 'queued'");
      const { sendMessage } = createContactActivities(there().deps);
      for (const { id } of rows) await run(sendMessage, { message: id });
    },
    /** As if campaign and messages were so many days older. */
    async daysPass(days: number): Promise<void> {
      await query(
        "update study.message set sent_at = sent_at - make_interval(days => $1::int), local_day = local_day - $1::int",
        [days],
      );
      await query(
        "update study.consent_campaign set started_at = started_at - make_interval(days => $1::int)",
        [days],
      );
    },
  };
}
