// A form with data-passkey asks the browser for a passkey before it is sent. Nothing else runs here.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const creates = form.dataset.passkey === "create";
  const options = JSON.parse(form.dataset.options);
  const canDoIt = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  const missing = document.querySelector(".passkey-missing");
  const button = form.querySelector("button");

  button.disabled = !canDoIt;
  missing.hidden = Boolean(canDoIt);

  form.addEventListener("submit", async (event) => {
    const name = form.elements.name;
    if (form.elements.credential.value || (name instanceof HTMLInputElement && !name.value.trim())) {
      return; // made already, or the server says what is missing
    }
    event.preventDefault();
    button.disabled = true;
    try {
      const made = creates
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(made.toJSON());
    } catch {
      form.elements.credential.value = "none"; // refused, or none there: the server's page says so
    }
    form.submit();
  });
}
