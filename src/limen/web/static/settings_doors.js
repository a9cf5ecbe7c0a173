// The doors that are set up, and a new one.
import {api, complain, showErrors} from "./app.js";
import {named} from "./settings.js";

const dialog = document.querySelector("#new-door");
const form = dialog?.querySelector("form");

for (const button of document.querySelectorAll("[data-add-door]")) button.addEventListener("click", () => dialog.showModal());
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!named(form)) return;
  const {name, camera} = Object.fromEntries(new FormData(form));
  try {
    await api("POST", "/settings/doors", {name, settings: camera === "" ? {} : {camera}});
    location.assign(`/settings/doors/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!showErrors(form, error)) complain(error);
  }
});
