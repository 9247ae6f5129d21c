// Alerts in this browser: asks for leave, lets the browser's message service give an address, and sends it in a form.
(() => {
  const form = document.querySelector("[data-alerts]");
  if (!form) return;
  if (!isSecureContext || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    document.querySelector("[data-alerts-unable]").hidden = false;
    return;
  }
  form.hidden = false;
  const said = form.querySelector("[data-said]");
  const say = (sentence) => {
    said.textContent = sentence;
    said.hidden = false;
  };
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  // Some browsers wait for their message service for ever.
  const inTime = (promise) => Promise.race([promise, new Promise((_, fail) => setTimeout(fail, 20_000))]);
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    say(form.dataset.wait);
    try {
      if (await Notification.requestPermission() !== "granted") return say(form.dataset.denied);
      await navigator.serviceWorker.register(form.dataset.worker, { scope: "/admin/" });
      const { pushManager } = await navigator.serviceWorker.ready;
      // One that was made for another key, such as another shop's at this address, is of no use.
      await (await pushManager.getSubscription())?.unsubscribe();
      const subscription = await inTime(pushManager.subscribe({
        userVisibleOnly: true, applicationServerKey: bytes(form.dataset.alerts),
      }));
      const { endpoint, keys } = subscription.toJSON();
      for (const [name, value] of [["push_endpoint", endpoint], ["push_point", keys.p256dh], ["push_secret", keys.auth]]) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name, value });
        form.append(field);
      }
      form.submit();
    } catch {
      say(form.dataset.failed);
    } finally {
      busy = false;
    }
  });
})();
