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
