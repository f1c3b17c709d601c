// Says whether the page still hears of changes: <html data-live="on | lost">, read by app.css.
(() => {
  const say = (state) => {
    document.documentElement.dataset.live = state;
  };
  document.addEventListener("htmx:sse:after:connection", () => say("on"));
  document.addEventListener("htmx:sse:error", () => say("lost"));
  // The server is there, but cannot tell what has changed.
  document.addEventListener("htmx:sse:after:message", ({ detail }) =>
    say(detail.message.event === "silent" ? "lost" : "on"),
  );
})();
