// What the pages about rules share: messages that outlive a new page, a name to ask for, problems in a form.
import {ApiProblem, api, complain, t, toast} from "./app.js";

const KEPT = "limen-said";

/** Load the page anew (or go to `path`) and say `text` there. */
export function sayAfter(text, path) {
  try { sessionStorage.setItem(KEPT, text); } catch { /* Without storage the new page says it by what it shows. */ }
  if (path) location.assign(path); else location.reload();
}

try {
  const text = sessionStorage.getItem(KEPT);
  if (text) { sessionStorage.removeItem(KEPT); toast(text); }
} catch { /* As above. */ }

/** Show in `box` what went wrong; other errors are raised. */
export function wrong(box, error) {
  if (!(error instanceof ApiProblem)) throw error;
  box.textContent = error.errors.length ? error.errors.map((one) => one.message.replace(/^Value error, /, "")).join("; ") : error.detail;
  box.hidden = false;
}

/** Do something; say what goes wrong. A promise of whether it was done. */
export async function tried(action) {
  try { await action(); return true; } catch (error) { complain(error); return false; }
}

/** Ask for a name; a promise of it, or of null. `save(name)` may refuse, and is then asked again. */
export function askName({title, value = "", save}) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "name-title");
  const form = Object.assign(document.createElement("form"), {className: "stack", noValidate: true});
  const heading = Object.assign(document.createElement("h2"), {id: "name-title", textContent: title});
  const field = Object.assign(document.createElement("div"), {className: "field"});
  const label = Object.assign(document.createElement("label"), {htmlFor: "name-asked", textContent: t("Name")});
  const input = Object.assign(document.createElement("input"), {id: "name-asked", value, maxLength: 200, autocomplete: "off", required: true});
  const box = Object.assign(document.createElement("p"), {className: "wrong", hidden: true});
  box.setAttribute("role", "alert");
  const row = Object.assign(document.createElement("div"), {className: "row"});
  const no = Object.assign(document.createElement("button"), {type: "button", className: "quiet", textContent: t("Cancel")});
  const yes = Object.assign(document.createElement("button"), {className: "primary", textContent: t("Save")});
  field.append(label, input);
  row.append(no, yes);
  form.append(heading, field, box, row);
  dialog.append(form);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) { box.textContent = t("Give a name."); box.hidden = false; input.focus(); return; }
    yes.disabled = true;
    try { await save(name); dialog.close(); } catch (error) { wrong(box, error); input.focus(); } finally { yes.disabled = false; }
  });
  dialog.showModal();
  input.select();
}

/** An input that offers people by name. `id()` is a promise of the id of who was typed, null for nobody of that name. */
export class PersonField {
  constructor(input) {
    this.input = input;
    this.list = document.getElementById(input.getAttribute("list"));
    this.ids = new Map();
    let timer;
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => this.offer(), 200); });
    input.addEventListener("focus", () => { if (!this.ids.size) this.offer(); });
  }

  async offer() {
    const typed = this.input.value.trim();
    if (this.ids.has(typed)) return;
    try {
      const page = await api("GET", `/people?limit=20&search=${encodeURIComponent(typed)}`);
      for (const person of page.items) this.ids.set(person.name, person.id);
      this.list.replaceChildren(...page.items.map((person) => Object.assign(document.createElement("option"), {value: person.name})));
    } catch (error) { complain(error); }
  }

  know(name, id) { this.ids.set(name, id); this.input.value = name; }

  async id() {
    const typed = this.input.value.trim().normalize("NFC");
    if (typed && !this.ids.has(typed)) await this.offer();
    return this.ids.get(typed) ?? null;
  }
}

// On narrow screens the tabs scroll: the one that is open is seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({inline: "center", block: "nearest"});
