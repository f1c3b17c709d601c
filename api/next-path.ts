const HERE = "http://here.invalid";

/** Where to go after signing in: a path of our own pages, else the first page. Never another host. */
export function nextPath(wish: string | undefined): string {
  if (wish === undefined || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(wish)) return "/";
  if (!URL.canParse(wish, HERE)) return "/";
  const { origin, pathname, search } = new URL(wish, HERE);
  return origin === HERE && !pathname.startsWith("//") ? `${pathname}${search}` : "/";
}

/** The sign-in page, with where to go afterwards. */
export function signInUrl(next: string): string {
  return next === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next })}`;
}
