// Says whether the page still hears of changes: <html data-live="on | lost | silent | full">, read by frame.css.
(() => {
  const say = (state) => {
    document.documentElement.dataset.live = state;
  };
  const sayRefused = (status) => say(status === 429 ? "full" : "lost");
  const isStream = ({ target }) => target instanceof Element && target.id === "changes";
  // The server is there, but the database does not tell it what has changed.
  const saySilent = (since) => {
    const time = document.getElementById("silent-since");
    if (time === null) return;
    time.dateTime = since;
    time.textContent = `${since.slice(11, 16)} UTC`;
    say("silent");
  };
  document.addEventListener("htmx:sse:after:connection", () => say("on"));
  document.addEventListener("htmx:sse:error", ({ detail }) => sayRefused(detail.status));
  document.addEventListener("htmx:sse:after:message", ({ detail: { message } }) =>
    message.event === "silent" ? saySilent(message.data) : say("on"),
  );
  // The first connection is an ordinary request of htmx, and so are its failures.
  document.addEventListener("htmx:response:error", (event) => {
    if (isStream(event)) sayRefused(event.detail.ctx.response.status);
  });
  document.addEventListener("htmx:error", (event) => {
    if (isStream(event)) say("lost");
  });
})();
