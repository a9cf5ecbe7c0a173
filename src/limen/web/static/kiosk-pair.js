// A device becomes the display of a door: one press, so that a preview of the link does not use it up.
import {ApiProblem, api} from "./app.js";

const form = document.querySelector("#pair");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [button, failed] = [form.querySelector("button"), form.querySelector("#failed")];
  button.disabled = true;
  failed.hidden = true;
  try {
    await api("POST", "/pairing", {secret: form.dataset.secret, name: form.elements.name.value.trim()});
    location.replace("/display");
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    failed.textContent = error.detail;
    failed.hidden = false;
    button.disabled = false;
  }
});
