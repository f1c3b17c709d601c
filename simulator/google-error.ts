import type { ContentfulStatusCode } from "hono/utils/http-status";

type Detail = Readonly<Record<string, unknown>>;

/** A refusal in Google's shape; thrown by the handlers and answered by the app. */
export class GoogleError extends Error {
  override name = "GoogleError";
  readonly code: ContentfulStatusCode;
  readonly status: string;
  readonly details: readonly Detail[];

  constructor(
    code: ContentfulStatusCode,
    status: string,
    message: string,
    details: readonly Detail[] = [],
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }

  body(): Readonly<{ error: unknown }> {
    const { code, message, status, details } = this;
    return { error: { code, message, status, ...(details.length > 0 && { details }) } };
  }
}

/** The machine-readable reason among the details. */
function errorInfo(
  reason: string,
  domain: "googleapis.com" | "health.googleapis.com",
  metadata?: Readonly<Record<string, string>>,
): Detail {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    domain,
    ...(metadata !== undefined && { metadata }),
  };
}

/** A 400 that blames one field of the request. */
export function invalidArgument(
  reason: string,
  message: string,
  violation: Readonly<{ field: string; description: string }>,
  detailedReasons?: string,
): GoogleError {
  return new GoogleError(400, "INVALID_ARGUMENT", message, [
    errorInfo(
      reason,
      "health.googleapis.com",
      detailedReasons === undefined ? undefined : { detailedReasons },
    ),
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [violation] },
  ]);
}

export function notLinked(): GoogleError {
  return new GoogleError(
    400,
    "FAILED_PRECONDITION",
    "The account is not linked to Google Health.",
    [errorInfo("ACCOUNT_NOT_LINKED", "health.googleapis.com")],
  );
}

export function unauthenticated(hasToken: boolean): GoogleError {
  const complaint = hasToken
    ? "Request had invalid authentication credentials."
    : "Request is missing required authentication credential.";
  return new GoogleError(
    401,
    "UNAUTHENTICATED",
    `${complaint} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`,
  );
}

export function scopeInsufficient(): GoogleError {
  return new GoogleError(
    403,
    "PERMISSION_DENIED",
    "Request had insufficient authentication scopes.",
    [
      errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", {
        service: "health.googleapis.com",
      }),
    ],
  );
}

/** The account as a whole is refused, and the reply does not say why. */
export function permissionDenied(): GoogleError {
  return new GoogleError(403, "PERMISSION_DENIED", "The caller does not have permission");
}

export function serviceDisabled(): GoogleError {
  return new GoogleError(
    403,
    "PERMISSION_DENIED",
    "Google Health API has not been used in project 123 before or it is disabled.",
    [
      errorInfo("SERVICE_DISABLED", "googleapis.com", {
        service: "health.googleapis.com",
        consumer: "projects/123",
      }),
    ],
  );
}

export function quotaExceeded(extra: readonly Detail[] = []): GoogleError {
  return new GoogleError(
    429,
    "RESOURCE_EXHAUSTED",
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'health.googleapis.com' for consumer 'project_number:123'.",
    [errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com"), ...extra],
  );
}

export function unavailable(): GoogleError {
  return new GoogleError(503, "UNAVAILABLE", "The service is currently unavailable.");
}

export function internalError(): GoogleError {
  return new GoogleError(500, "INTERNAL", "Internal error encountered.");
}
