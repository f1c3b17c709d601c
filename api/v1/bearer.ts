import type { Context } from "hono";

/** Whether a request is to the API: what programs are told are problems, never pages. */
export function isApi(c: Context): boolean {
  return c.req.path.startsWith("/api/") && c.req.path !== "/api/v1/docs";
}

/** The token of a request that comes with one, whatever it is worth; undefined where it comes with none. */
export function bearerOf(c: Context): string | undefined {
  const header = c.req.header("Authorization");
  return header === undefined ? undefined : (/^Bearer +(?:wf_)?(\S+) *$/i.exec(header)?.[1] ?? "");
}
