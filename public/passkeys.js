// Passkeys: what the server asks goes to the browser, and what the phone or computer answers goes back in a form.
(() => {
  const { origin } = document.currentScript.dataset;
  const controls = document.querySelectorAll("[data-passkey]");
  const show = (what) => document.querySelectorAll(what).forEach((part) => { part.hidden = false; });
  // A browser answers only at the address that its passkeys belong to.
  if (location.origin !== origin) return show("[data-passkey-elsewhere]");
  if (!window.PublicKeyCredential) return show("[data-passkey-unable]");
  controls.forEach((control) => { control.hidden = false; });

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join(""))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const say = (control, sentence) => {
    const said = control.querySelector(":scope > [data-said]");
    said.textContent = sentence;
    said.hidden = false;
  };
  // What is refused comes with a sentence; no answer that can be read is silence.
  const post = async (control, address, fields) => {
    let said;
    try {
      const answer = await fetch(address, {
        method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" }, redirect: "manual",
      });
      said = await answer.json();
    } catch { throw new Error(control.dataset.silent); }
    if (said.problem) throw new Error(said.problem);
    return said;
  };
  const fieldsOf = (control) => new FormData(control.closest("form"));
  const ask = (control) => post(control, control.dataset.ask, fieldsOf(control));
  const keys = (question) => question.credentials.map((id) => ({ type: "public-key", id: bytes(id) }));
  // The browser's own words for a refusal are in its language, not the page's.
  const wording = (control, trouble) => {
    if (trouble.name === "InvalidStateError" && control.dataset.known) return control.dataset.known;
    return trouble instanceof DOMException ? control.dataset.stopped : trouble.message;
  };

  const use = async (question, more = {}) => {
    const { id, response } = await navigator.credentials.get({
      publicKey: {
        challenge: bytes(question.challenge), rpId: question.host, timeout: question.seconds * 1000,
        userVerification: "required", allowCredentials: keys(question),
      },
      ...more,
    });
    return {
      passkey_id: id, passkey_client: text(response.clientDataJSON), passkey_data: text(response.authenticatorData),
      passkey_signature: text(response.signature), passkey_user: response.userHandle ? text(response.userHandle) : "",
    };
  };
  const make = async (question) => {
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(question.challenge), rp: { id: question.host, name: question.shop },
        user: { id: bytes(question.user.id), name: question.user.name, displayName: question.user.name },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
        timeout: question.seconds * 1000, attestation: "none", excludeCredentials: keys(question),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      },
    });
    return { passkey_client: text(response.clientDataJSON), passkey_attestation: text(response.attestationObject) };
  };
  const send = (form, fields) => {
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    form.submit();
  };

  // One thing at a time: a second press, or the list under the name, waits for nothing.
  let waiting = null;
  const run = async (control, body) => {
    waiting?.abort();
    waiting = null;
    if (control.dataset.busy) return;
    control.dataset.busy = "1";
    say(control, control.dataset.wait);
    try { await body(); } catch (trouble) { say(control, wording(control, trouble)); }
    delete control.dataset.busy;
  };

  for (const control of controls) {
    const button = control.querySelector("button[type=button]");
    if (control.dataset.passkey === "make") {
      control.addEventListener("submit", (event) => {
        event.preventDefault();
        event.stopPropagation();
        run(control, async () => send(control, await make(await ask(control))));
      });
    } else if (control.dataset.passkey === "confirm") {
      button.addEventListener("click", () => run(control, async () => {
        const answer = await use(await ask(control));
        await post(control, control.dataset.answer, [...fieldsOf(control), ...Object.entries(answer)]);
        document.querySelectorAll("[data-confirm]").forEach((part) => { part.hidden = true; });
        show("[data-confirmed]");
      }));
    } else {
      button.addEventListener("click", () => run(control, async () => send(control, await use(await ask(control)))));
      suggest(control);
    }
  }

  // The list that the browser offers under the name. A question grows old, so it is asked anew.
  async function suggest(control) {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    while (!control.dataset.busy) {
      const stop = new AbortController();
      waiting = stop;
      const late = setTimeout(() => stop.abort("late"), 240_000);
      try {
        const question = await ask(control);
        if (stop.signal.aborted) return;
        return send(control, await use(question, { mediation: "conditional", signal: stop.signal }));
      } catch {
        if (stop.signal.reason !== "late") return;
      } finally { clearTimeout(late); }
    }
  }
})();
