import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { etag } from "hono/etag";

/** Addresses of the files every page needs; each name holds the hash of its content. */
export type AssetUrls = Readonly<{ script: string; style: string; icon: string }>;

type Asset = Readonly<{ url: string; type: string; body: string }>;

/**
 * The order matters: hx-csp must be registered in the same script as htmx, before htmx looks at the page.
 * Loaded as a file of its own it comes too late and guards nothing.
 */
const SCRIPTS = ["htmx.min.js", "ext/hx-csp.min.js", "ext/hx-sse.min.js"];

/** In the order of the cascade: narrow screens and paper override what stands before. */
const STYLES = [
  "base",
  "frame",
  "list",
  "detail",
  "day",
  "ledger",
  "set-up",
  "workspace",
  "narrow",
];

/** Reads the browser's files once, at start: one script, one style sheet, one icon. */
export function loadAssets(): Readonly<{ urls: AssetUrls; routes: Hono }> {
  const scripts = SCRIPTS.map((name) => new URL(import.meta.resolve(`htmx.org/dist/${name}`)));
  const own = (name: string) => new URL(`../views/${name}`, import.meta.url);
  const bundle = [...scripts, own("app.js")].map(readScript).join("\n;\n");
  const script = asset("app", "js", "text/javascript", bundle);
  const styles = STYLES.map((name) => readFileSync(own(`style/${name}.css`), "utf8"));
  const style = asset("app", "css", "text/css", styles.join("\n"));
  const icon = asset("icon", "svg", "image/svg+xml", readFileSync(own("icon.svg"), "utf8"));
  return {
    urls: { script: script.url, style: style.url, icon: icon.url },
    routes: assetRoutes([script, style, icon], icon),
  };
}

function assetRoutes(assets: readonly Asset[], icon: Asset): Hono {
  const routes = new Hono();
  routes.use("/assets/*", etag());
  for (const { url, type, body } of assets) {
    routes.get(url, (c) => {
      c.header("Cache-Control", "public, max-age=31536000, immutable");
      return c.body(body, 200, { "Content-Type": `${type}; charset=utf-8` });
    });
  }
  routes.get("/favicon.ico", (c) => {
    c.header("Cache-Control", "public, max-age=86400");
    return c.body(icon.body, 200, { "Content-Type": icon.type });
  });
  return routes;
}

/** A script without its pointer to a source map, which is not served. */
function readScript(url: URL): string {
  return readFileSync(url, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
}

function asset(name: string, extension: string, type: string, body: string): Asset {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 8);
  return { url: `/assets/${name}-${hash}.${extension}`, type, body };
}
