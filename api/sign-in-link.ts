import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { hashPassword, passwordFault } from "../auth/password.ts";
import { hashToken } from "../auth/secret-token.ts";
import { Refusal } from "../sql/refusal.ts";
import { readLogin } from "../sql/staff.ts";
import { findStaffLink, spendFirstLink, spendStaffLink } from "../sql/staff-links.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import type { Failed, FieldSpec, Texts } from "./set-up-form.ts";
import { formView, noLargerThan, readTexts } from "./set-up-form.ts";
import type { Enter } from "./sign-in.ts";

const FORM_BYTES = 16 * 1024;

/**
 * /sign-in/link: whoever holds a one-time link sets their password, and the first of all makes the administrator's
 * account. The secret stands in the query, which no log of ours holds.
 */
export function signInLinkRoutes(
  { db }: Pick<AppDeps, "db">,
  pages: Pages,
  enter: Enter,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  const find = async (token: string | undefined) => {
    const tokenHash = hashToken(token);
    const link = tokenHash && (await findStaffLink(db, tokenHash));
    if (!link || tokenHash === null) throw new HTTPException(410);
    return { tokenHash, login: link.login };
  };
  const show = (c: Context<AppEnv>, token: string, login: string | null, failed: Failed | null) =>
    pages.send(c, {
      view: "sign-in-link",
      fragment: "sign-in-link",
      title: "Set your password",
      studies: [],
      fault: null,
      data: { login: login ?? "", form: formView(linkForm(token, login), failed) },
    });

  routes.get("/sign-in/link", async (c) => {
    const token = c.req.query("token") ?? "";
    return show(c, token, (await find(token)).login, null);
  });

  routes.post("/sign-in/link", noLargerThan(FORM_BYTES, pages), async (c) => {
    const values = await readTexts(c);
    const { token = "", password = "" } = values;
    const { tokenHash, login } = await find(token);
    const errors = linkErrors(values, login);
    if (Object.keys(errors).length > 0) {
      c.status(422);
      return show(c, token, login, {
        form: "link",
        values: { login: values["login"] ?? "" },
        errors,
      });
    }
    const spent = { tokenHash, passwordHash: await hashPassword(password) };
    const staffId =
      login === null
        ? await spendFirstLink(db, { ...spent, login: readLogin(values["login"] ?? "") })
        : await spendStaffLink(db, spent);
    const entered = staffId && (await enter(c, { staffId, how: "by one-time link", next: "/" }));
    if (!entered) throw new HTTPException(410);
    return entered;
  });
  return routes;
}

function linkErrors({ login: typed = "", password = "", again = "" }: Texts, login: string | null) {
  const errors: Record<string, string> = {};
  const fault = passwordFault(password, login ?? typed.trim());
  if (fault !== null) errors["password"] = fault;
  if (password !== again) errors["again"] = "is not the same as above";
  try {
    if (login === null) readLogin(typed);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    errors["login"] = error.message;
  }
  return errors;
}

function linkForm(token: string, login: string | null) {
  const asked: FieldSpec[] =
    login === null
      ? [
          {
            name: "login",
            label: "Your login",
            hint: "Shown in the audit of what you do.",
            autocomplete: "username",
          },
        ]
      : [];
  return {
    id: "link",
    action: "/sign-in/link",
    submit: "Set password and sign in",
    refused: "No password was set.",
    hidden: { token },
    fields: [
      ...asked,
      {
        name: "password",
        label: "New password",
        hint: "At least 12 characters; a sentence is good.",
        type: "password",
        autocomplete: "new-password",
      },
      { name: "again", label: "The same again", type: "password", autocomplete: "new-password" },
    ],
  } as const;
}
