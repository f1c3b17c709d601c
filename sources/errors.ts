/**
 * The five ways a source can fail, grouped by who acts and how one recovers.
 * A message says what, where and what to do; it never holds a token, an address, a name or a body.
 * activities/failure.ts is the only translation to Temporal.
 */
export type SourceError =
  | RateLimited
  | SourceUnavailable
  | AuthorizationRevoked
  | ScopeMissing
  | UnexpectedReply;

/** The source asks us to wait (429). Nothing is wrong and nobody needs to act. */
export class RateLimited extends Error {
  override readonly name = "RateLimited";
  /** Whole seconds to wait, at least 1, as the source said or as our default where it did not. */
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super(`The source asked to wait ${retryAfterSeconds} s`, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The source cannot be reached, answers 5xx or something that is no reply of its own, or refuses our whole project. */
export class SourceUnavailable extends Error {
  override readonly name = "SourceUnavailable";
  /** The provider refuses our project (API disabled, wrong client): a fault of ours, never a participant's. */
  readonly projectLevel: boolean;
  constructor(message: string, options: ErrorOptions & { projectLevel?: boolean } = {}) {
    super(message, options);
    this.projectLevel = options.projectLevel ?? false;
  }
}

/**
 * What the provider said when it refused a grant. Only `invalid_grant` and `account_not_linked` prove something by
 * themselves; a refused token asks for a renewal first, a refused account is believed only when every type says so
 * in two runs hours apart. The caller decides.
 */
export type RefusalEvidence =
  | "invalid_grant"
  | "account_not_linked"
  | "token_refused"
  | "account_refused";

/** The participant took consent back, or the grant can no longer be renewed. Never a fault of our project. */
export class AuthorizationRevoked extends Error {
  override readonly name = "AuthorizationRevoked";
  readonly evidence: RefusalEvidence;
  constructor(message: string, options: ErrorOptions & { evidence: RefusalEvidence }) {
    super(message, options);
    this.evidence = options.evidence;
  }
}

/** The participant did not grant the scope this one data type needs; other types go on. */
export class ScopeMissing extends Error {
  override readonly name = "ScopeMissing";
}

/** The reply does not have the documented shape, or refuses our request: a developer must look. */
export class UnexpectedReply extends Error {
  override readonly name = "UnexpectedReply";
  /** What did not fit, kept for the quarantine table only: never logged, never sent to Temporal. */
  readonly body: string | undefined;
  constructor(message: string, options: ErrorOptions & { body?: string } = {}) {
    super(message, options);
    this.body = options.body;
  }
}
