import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A secret of ours that the browser keeps. */
export type SecretCookie = Readonly<{
  read(c: Context): string | undefined;
  write(c: Context, value: string): void;
  clear(c: Context): void;
}>;

/** Whether pages are served over plain HTTP to this machine only, where Safari refuses what is Secure. */
function isPlainLoopback(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === "http:" && LOOPBACK.has(hostname);
}

/** A cookie for this host only, unseen by scripts and kept until the browser closes; `__Host-` wherever it can be. */
export function createSecretCookie(name: string, publicUrl: string): SecretCookie {
  const plain = isPlainLoopback(publicUrl);
  const prefix = plain ? {} : ({ prefix: "host" } as const);
  const options = {
    ...prefix,
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: !plain,
  } as const;
  return {
    read: (c) => (plain ? getCookie(c, name) : getCookie(c, name, "host")),
    write: (c, value) => setCookie(c, name, value, options),
    clear: (c) => void deleteCookie(c, name, options),
  };
}

/** Whether the browser will send the cookie back: it keeps none from a page it got over plain HTTP from elsewhere. */
export function willKeepCookies(c: Context, publicUrl: string): boolean {
  const origin = c.req.header("Origin");
  if (isPlainLoopback(publicUrl) || origin === undefined || !URL.canParse(origin)) return true;
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || LOOPBACK.has(hostname);
}
