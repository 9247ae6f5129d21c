// Shows what the shop tells its owner, also while no page is open; a touch opens the desk.
addEventListener("push", (event) => {
  let told = { title: "Duka", body: "" };
  try { told = event.data.json(); } catch { /* A message that does not read still says that there is one. */ }
  event.waitUntil(registration.showNotification(told.title, { body: told.body, icon: "/favicon.svg" }));
});
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow("/admin"));
});
