// A button that was pressed says so, and is not pressed twice by a quick thumb. The server would notice anyhow.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A file that is fetched leaves the page as it is.
  if (form.querySelector("[data-download]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});
// Settings are tried while they are typed: the server asks the provider and keeps nothing.
for (const form of document.querySelectorAll("form[data-try]")) {
  const shown = form.querySelector(".tried");
  let waits = 0;
  let asked = 0;
  const say = (lines, tone) => {
    shown.replaceChildren(...lines.map((line) => {
      const text = document.createElement("p");
      text.textContent = line;
      return text;
    }));
    shown.className = `tried ${tone}`;
    shown.hidden = false;
  };
  const ask = async () => {
    const mine = ++asked;
    say([form.dataset.trying], "");
    try {
      const answer = await fetch(form.dataset.try, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      const said = answer.ok ? await answer.json() : null;
      if (mine !== asked) return;
      if (said) say(said.lines, said.accepted ? "good" : "bad");
      else say([form.dataset.silent], "");
    } catch {
      if (mine === asked) say([form.dataset.silent], "");
    }
  };
  form.addEventListener("change", () => {
    clearTimeout(waits);
    waits = setTimeout(ask, 500);
  });
}
// Work that goes on: the page's own address is looked at again, and only the part that tells of it is put in place.
(function look() {
  const main = document.querySelector("main[data-look]");
  if (!main) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok || answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelectorAll("[data-live]");
      document.querySelectorAll("[data-live]").forEach((part, place) => {
        if (fresh[place] && fresh[place].innerHTML !== part.innerHTML) part.innerHTML = fresh[place].innerHTML;
      });
      const [said, news] = [document.querySelector("#said"), page.querySelector("[data-say]")];
      if (said && news && said.textContent !== news.textContent) said.textContent = news.textContent;
      if (!page.querySelector("main[data-look]")) return delete main.dataset.look;
    } catch (gone) { /* Away for a moment: look again. */ }
    look();
  }, Number(main.dataset.look) * 1000);
})();
