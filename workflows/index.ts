export { ingestParticipant } from "./ingest-participant.ts";
export { maintain } from "./maintain.ts";
