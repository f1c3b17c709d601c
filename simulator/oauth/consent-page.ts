import { html } from "hono/html";
import type { Participant } from "../participant.ts";
import { scopes } from "./scopes.ts";

/** What Google's page calls each scope. */
const names: Readonly<Record<string, string>> = {
  [scopes.activity]: "See your Google Health activity and fitness data",
  [scopes.health]: "See your Google Health metrics and measurements",
  [scopes.sleep]: "See your Google Health sleep data",
  [scopes.settings]: "See your Google Health settings and devices",
  [scopes.profile]: "See your Google Health profile",
};

const STYLE = `
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #1f1f1f; background: #f0f4f9; }
main { max-width: 30rem; margin: 1rem auto; padding: 1.25rem; background: #fff; border-radius: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } fieldset { border: 0; padding: 0; margin: 1rem 0; }
label { display: flex; gap: 0.75rem; padding: 0.4rem 0; } input { width: 1.5rem; height: 1.5rem; flex: none; margin: 0; }
select { width: 100%; min-height: 2.5rem; font: inherit; } .note { color: #444746; font-size: 0.875rem; }
button { min-height: 2.75rem; padding: 0 1.5rem; border-radius: 1.4rem; border: 1px solid #747775; font: inherit; background: #fff; }
button[value="allow"] { background: #0b57d0; border-color: #0b57d0; color: #fff; } .row { display: flex; gap: 1rem; }
`;

/** Google's consent page as somebody in a browser meets it: choose an account, tick what to share, go on or cancel. */
export function consentPage(
  people: readonly Participant[],
  query: Readonly<Partial<Record<"scope" | "login_hint", string>>>,
) {
  const asked = (query.scope ?? "").split(" ").filter((scope) => scope !== "");
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in with Google (simulated)</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main><p class="note">Simulated: this is not Google</p>
<h1>Wearflow wants access to your Google Account</h1>
<form method="post"><p><label for="account">Account</label>
<select id="account" name="account">${people.map(
    ({ id }) =>
      html`<option value="${id}"${id === query.login_hint ? " selected" : ""}>${id}</option>`,
  )}</select></p>
<fieldset><legend>Select what Wearflow can access</legend>${asked.map(
    (scope) =>
      html`<label><input type="checkbox" name="scope" value="${scope}" checked>${names[scope] ?? scope}</label>`,
  )}</fieldset>
<p class="row"><button name="decision" value="deny">Cancel</button><button name="decision" value="allow">Continue</button></p>
</form></main></body></html>`;
}
