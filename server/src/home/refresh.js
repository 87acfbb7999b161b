// Renews the counts and graphs in place, so that a selection or the scroll position elsewhere stays.
(() => {
  const live = document.getElementById("live");
  const state = document.getElementById("state");
  let last = new Date();
  async function refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      live.replaceChildren(...page.getElementById("live").childNodes);
      last = new Date();
      state.textContent = "";
    } catch {
      state.textContent = "No answer from the server; shown is " + last.toLocaleTimeString() + ".";
    }
  }
  setInterval(refresh, 10000);
  document.addEventListener("visibilitychange", refresh);
})();
