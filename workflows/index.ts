export { applyMessageRules } from "./apply-message-rules.ts";
export { contactParticipant } from "./contact-participant.ts";
export { dailyDigest } from "./daily-digest.ts";
export { importArchive } from "./import-archive.ts";
export { imputeParticipant } from "./impute-participant.ts";
export { ingestParticipant } from "./ingest-participant.ts";
export { maintain, maintainDaily } from "./maintain.ts";
export { reconsentCampaign } from "./reconsent-campaign.ts";
export { withdrawParticipant } from "./withdraw-participant.ts";
