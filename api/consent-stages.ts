import type { Chip } from "./words.ts";

/** The steps of who was asked for consent, before and at their decision; in this order wherever they are counted. */
export const ASKED_STAGES = {
  invited: { tone: "warn", words: "Invited, not opened" },
  opened: { tone: "warn", words: "Opened" },
  denied: { tone: "warn", words: "Said no at Google" },
  partly: { tone: "warn", words: "Partly granted" },
  not_linked: { tone: "warn", words: "Account holds no tracker" },
} as const satisfies Record<string, Chip>;

export const DONE_STAGE = { tone: "ok", words: "Done" } as const satisfies Chip;

/** The step that a decision at Google leads to. */
export const decidedStage = {
  denied: "denied",
  granted: "done",
  granted_partly: "partly",
  not_linked: "not_linked",
} as const;
