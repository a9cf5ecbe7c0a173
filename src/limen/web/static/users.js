// The accounts of those who run the doors.
import {api, ask, complain, t, toast} from "./app.js";
import {submits, tell} from "./accounts.js";

const dialog = document.querySelector("#edit");
const form = document.querySelector("#edit-form");
const passwords = document.querySelector("#new-password");
const title = document.querySelector("#edit-title");
let row = null;

const path = () => `/users/${row.dataset.user}`;

function open(chosen) {
  row = chosen;
  form.reset();
  tell(form.querySelector("[role=alert]"), "");
  title.textContent = row ? row.dataset.name : title.dataset.add;
  form.elements.namedItem("name").value = row?.dataset.name ?? "";
  form.role.value = row?.dataset.role ?? "viewer";
  document.querySelector("#password-field").hidden = row !== null;
  document.querySelector("#more-actions").hidden = row === null;
  if (row) {
    const disable = form.querySelector('[data-does="disable"]');
    disable.textContent = row.dataset.disabled === "true" ? disable.dataset.enable : disable.dataset.disable;
    form.querySelector('[data-does="totp"]').hidden = row.dataset.totp !== "true";
  }
  dialog.showModal();
}

document.querySelector("#add").addEventListener("click", () => open(null));
for (const button of document.querySelectorAll('[data-does="edit"]')) button.addEventListener("click", () => open(button.closest("li")));
for (const button of document.querySelectorAll('[data-does="cancel"]')) button.addEventListener("click", () => button.closest("dialog").close());

submits(form, async ({name, role, password}) => {
  if (row) await api("PATCH", path(), {name, role});
  else await api("POST", "/users", {name, role, password});
  location.reload();
});

submits(passwords.querySelector("form"), async ({password}, own) => {
  await api("POST", `${path()}/password`, {password});
  own.reset();
  passwords.close();
  toast(t("The new password is set"));
});

const actions = {
  async password() {
    dialog.close();
    passwords.showModal();
  },
  async totp() {
    if (!await sure(t("Remove the second factor?"), t("They sign in with the password alone, until they set up a new one."), t("Remove"))) return;
    await api("POST", `${path()}/totp/remove`);
    location.reload();
  },
  async sessions() {
    await api("DELETE", `${path()}/sessions`);
    dialog.close();
    toast(t("Signed out everywhere"));
  },
  async disable() {
    await api("PATCH", path(), {disabled: row.dataset.disabled !== "true"});
    location.reload();
  },
  async delete() {
    if (!await sure(t("Delete this account?"), t("What it did stays on record. Tokens that it made stay until you delete them."), t("Delete"))) return;
    await api("DELETE", path());
    location.reload();
  },
};

const sure = (what, text, confirm) => ask({title: what, text, confirm, danger: true});

for (const [does, act] of Object.entries(actions)) {
  form.querySelector(`[data-does="${does}"]`).addEventListener("click", () => act().catch(complain));
}

document.querySelector('.settings-nav a[href="/settings/users"]')?.setAttribute("aria-current", "page");
