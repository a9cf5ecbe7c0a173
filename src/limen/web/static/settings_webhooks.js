// Webhooks: made, changed, tried.
import {api, ask, complain, showErrors, t, toast} from "./app.js";
import {busy, copy, tell} from "./settings.js";

const dialog = document.querySelector("#hook-dialog");
const form = dialog?.querySelector("form");
const secretDialog = document.querySelector("#secret-dialog");
let edited = null;

function chooseTypes() {
  document.querySelector("#types").hidden = form.elements.which.value !== "some";
}

function open(hook) {
  edited = hook;
  form.reset();
  showErrors(form, {errors: []});
  const now = hook ? JSON.parse(hook.dataset.hook) : {url: "", types: [], names: false};
  form.elements.url.value = now.url;
  form.elements.which.value = now.types.length ? "some" : "all";
  form.elements.names.checked = now.names;
  for (const box of form.querySelectorAll("[name=types]")) box.checked = now.types.includes(box.value);
  chooseTypes();
  dialog.querySelector("h2").textContent = hook ? t("Change the webhook") : t("Add a webhook");
  dialog.showModal();
}

function showSecret(secret) {
  document.querySelector("#secret").value = secret;
  secretDialog.addEventListener("close", () => location.reload(), {once: true});
  secretDialog.showModal();
}

for (const button of document.querySelectorAll("[data-add]")) button.addEventListener("click", () => open(null));
form?.addEventListener("change", chooseTypes);
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const some = form.elements.which.value === "some";
  const types = some ? [...form.querySelectorAll("[name=types]:checked")].map((box) => box.value) : [];
  if (some && !types.length) { toast(t("Choose at least one kind of event.")); return; }
  const body = {url: form.elements.url.value.trim(), types, names: form.elements.names.checked};
  try {
    const made = edited ? await api("PATCH", `/webhooks/${edited.dataset.id}`, body) : await api("POST", "/webhooks", body);
    dialog.close();
    if (made.secret) showSecret(made.secret);
    else location.reload();
  } catch (error) {
    if (!error.errors?.length && error.status === 422) showErrors(form, {errors: [{field: "url", message: error.detail}]});
    else if (!showErrors(form, error)) complain(error);
  }
});
document.querySelector("#copy-secret")?.addEventListener("click", () => copy(document.querySelector("#secret")));

const actions = {
  async test(hook, path) {
    const place = hook.querySelector(".outcome");
    const found = await api("POST", `${path}/test`);
    const words = found.works ? t("Answered {status} in {ms} ms.", found) : t("{error} ({ms} ms)", found);
    tell(place, found.works, words);
  },
  async edit(hook) { open(hook); },
  async secret(hook, path) {
    if (!await ask({title: t("Make a new secret?"), text: t("The one before counts no longer: the receiver must be given the new one."), confirm: t("New secret")})) return;
    showSecret((await api("POST", `${path}/secret`)).secret);
  },
  async switch(hook, path) {
    await api("PATCH", path, {disabled: !JSON.parse(hook.dataset.hook).disabled});
    location.reload();
  },
  async remove(hook, path) {
    if (!await ask({title: t("Remove this webhook?"), text: JSON.parse(hook.dataset.hook).url, confirm: t("Remove"), danger: true})) return;
    await api("DELETE", path);
    location.reload();
  },
};

for (const hook of document.querySelectorAll(".hook")) {
  hook.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) busy(button, () => actions[button.dataset.do](hook, `/webhooks/${hook.dataset.id}`));
  });
}
