// Says whether the page still hears of changes: <html data-live="on | lost">, read by app.css.
(() => {
  const say = (state) => () => {
    document.documentElement.dataset.live = state;
  };
  for (const event of ["htmx:sse:after:connection", "htmx:sse:after:message"]) {
    document.addEventListener(event, say("on"));
  }
  document.addEventListener("htmx:sse:error", say("lost"));
})();
