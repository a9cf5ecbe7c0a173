// Tokens of programs: made, shown once, ended.
import {api, ask, complain, t} from "./app.js";
import {copy, submits, tell} from "./accounts.js";

const dialog = document.querySelector("#new");
const form = document.querySelector("#new-form");
const made = document.querySelector("#made");
const secret = document.querySelector("#secret");

function open() {
  form.reset();
  tell(form.querySelector("[role=alert]"), "");
  chosen();
  dialog.showModal();
}

function chosen() {
  document.querySelector("#door-field").hidden = form.role.value !== "kiosk";
}

document.querySelector("#add").addEventListener("click", open);
document.querySelector('[data-does="add"]')?.addEventListener("click", open);
document.querySelector('[data-does="cancel"]').addEventListener("click", () => dialog.close());
form.addEventListener("change", chosen);

submits(form, async ({name, role, door, days}) => {
  const token = await api("POST", "/tokens", {name, role, days: days ? Number(days) : null, ...(role === "kiosk" ? {door} : {})});
  dialog.close();
  secret.textContent = token.secret;
  made.showModal();
});

document.querySelector("#copy").addEventListener("click", () => copy(secret));
document.querySelector("#kept").addEventListener("click", () => made.close());
made.addEventListener("close", () => { secret.textContent = ""; location.reload(); });

for (const button of document.querySelectorAll('[data-does="delete"]')) {
  button.addEventListener("click", async () => {
    const row = button.closest("li");
    try {
      if (!await ask({title: t("Delete {name}?", {name: row.dataset.name}), text: t("Whatever uses this token is signed out at once."), confirm: t("Delete"), danger: true})) return;
      await api("DELETE", `/tokens/${row.dataset.token}`);
      location.reload();
    } catch (problem) { complain(problem); }
  });
}

document.querySelector('.settings-nav a[href="/settings/tokens"]')?.setAttribute("aria-current", "page");
