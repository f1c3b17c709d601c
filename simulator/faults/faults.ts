import { bends } from "./bends.ts";
import type { Fault } from "./fault.ts";
import type { FaultKind } from "./kinds.ts";
import { paging } from "./paging.ts";
import { refusals } from "./refusals.ts";
import { transport } from "./transport.ts";

const consent = /^\/o\/oauth2\//;

/** What each fault of kinds.ts does. Those of the consent page are read by the consent route itself. */
export const faults: Readonly<Record<FaultKind, Fault>> = {
  ...refusals,
  ...transport,
  ...bends,
  ...paging,
  accessDenied: { meets: consent },
  scopeSubset: { meets: consent },
};
