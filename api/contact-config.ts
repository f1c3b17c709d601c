import type { Config } from "../config.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { startCampaign, tellCampaignStopped } from "../worker/start-campaign.ts";
import { startContact, tellTakenBack } from "../worker/start-contact.ts";
import type { ContactPages } from "./deps.ts";
import type { Temporal } from "./temporal-client.ts";

/** What the pages need to write to participants; nothing where no key is set that could open contact data. */
export function contactPagesOf(config: Config, temporal: Temporal): ContactPages | null {
  if (config.TOKEN_KEY === undefined) return null;
  return {
    cipher: createContactCipher(config.TOKEN_KEY, config.TOKEN_KEY_BEFORE),
    start: async (message) => startContact(await temporal.client(), message),
    takenBack: async (message) => tellTakenBack(await temporal.client(), message),
    startCampaign: async (campaign) => startCampaign(await temporal.client(), campaign),
    campaignStopped: async (campaign) => tellCampaignStopped(await temporal.client(), campaign),
    mailer: mailerName(config),
    eventKey: config.SENDGRID_EVENT_KEY ?? null,
  };
}

/** As the worker's own choice, which has the keys. */
function mailerName({ SENDGRID_API_KEY, SMTP_URL }: Config): ContactPages["mailer"] {
  if (SENDGRID_API_KEY !== undefined) return "sendgrid";
  return SMTP_URL === undefined ? "outbox" : "smtp";
}
