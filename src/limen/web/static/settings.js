// Forms of settings: only what was changed is sent, and what is wrong is told at its field.
import {api, ApiProblem, complain, icon, showErrors, t, toast} from "./app.js";

const inputs = (form) => [...form.elements].filter((one) => one.dataset.kind);

/** What stands in an input, as the API takes it; undefined where it says nothing. */
function valueOf(input) {
  const text = input.value.trim();
  switch (input.dataset.kind) {
    case "boolean": return input.checked;
    case "integer": case "number": return text === "" ? null : Number(text);
    case "list": return text.split("\n").map((line) => line.trim()).filter(Boolean);
    case "secret": return input.value === "" ? undefined : input.value;
    default: return text === "" && "optional" in input.dataset ? null : text;
  }
}

const stored = (input) => JSON.stringify(valueOf(input) ?? null);

/** What was changed and not saved yet, in sections. */
export function changes(form) {
  const patch = {};
  for (const input of inputs(form)) {
    if (input.disabled || stored(input) === input.dataset.before) continue;
    const value = valueOf(input);
    if (value !== undefined) put(patch, input.name, value);
  }
  return patch;
}

function put(patch, name, value) {
  const keys = name.split(".");
  const last = keys.pop();
  let below = patch;
  for (const key of keys) below = below[key] ??= {};
  below[last] = value;
}

/** Show what an answer of the API says is in force. */
function show(form, answer) {
  const prefix = form.dataset.door ? `doors.${form.dataset.door}.` : "";
  const all = answer.sections ? answer.sections.flatMap((section) => section.settings) : answer.settings;
  for (const one of all) {
    const input = form.elements.namedItem(one.name.slice(prefix.length));
    if (!input?.dataset?.kind) continue;
    write(input, one);
    input.dataset.before = stored(input);
    const reset = form.querySelector(`[data-reset="${input.name}"]`);
    if (reset) reset.hidden = one.source !== "settings.json";
  }
  form.dispatchEvent(new Event("settings-shown"));
}

function write(input, {value}) {
  if (input.dataset.kind === "boolean") input.checked = value;
  else if (input.dataset.kind === "list") input.value = value.join("\n");
  else if (input.dataset.kind === "secret") {
    input.value = "";
    input.placeholder = value ? t("Set; leave empty to keep it") : "";
  } else input.value = value ?? "";
}

/** Put what came of a test where it belongs. */
export function tell(place, works, text, {steps = [], picture} = {}) {
  const notice = Object.assign(document.createElement("div"), {className: "notice"});
  notice.dataset.tone = works ? "good" : "bad";
  const words = Object.assign(document.createElement("p"), {textContent: [...steps, text].join(" → ")});
  notice.append(icon(works ? "check" : "warning"), words);
  place.replaceChildren(notice);
  if (picture) place.append(Object.assign(document.createElement("img"), {src: picture, alt: t("What the camera sees")}));
}

/** Do something that takes a while; the button cannot be pressed meanwhile. */
export async function busy(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiProblem && error.errors.length) toast(error.errors.map((one) => one.message).join("; "), {seconds: 8});
    else complain(error);
    return null;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** Copy what stands in an input; where the browser forbids it, it is at least marked. */
export async function copy(input) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    toast(t("Copied"));
  } catch {
    toast(t("Press Ctrl+C to copy"));
  }
}

function reveal(form) {
  for (const group of form.querySelectorAll("[data-only]")) {
    const [name, value] = group.dataset.only.split("=");
    group.hidden = form.elements.namedItem(name)?.value !== value;
  }
}

function mark(form) {
  const bar = form.querySelector(".save-bar");
  if (!bar) return;
  bar.hidden = Object.keys(changes(form)).length === 0;
  bar.querySelector("p").textContent = t("There are changes that are not saved.");
}

/** The field that a problem is about, opened where it is folded away. */
function refuse(form, error) {
  if (!(error instanceof ApiProblem)) throw error;
  for (const {field} of error.errors) form.elements.namedItem(field.replace(/^body\./, ""))?.closest?.("details")?.setAttribute("open", "");
  const marked = showErrors(form, error);
  const bar = form.querySelector(".save-bar");
  bar.hidden = false;
  bar.querySelector("p").textContent = marked ? t("Not saved: see the marked fields.") : error.errors[0]?.message ?? error.detail;
}

async function save(form, patch) {
  try {
    const answer = await api("PATCH", form.dataset.path, patch);
    showErrors(form, {errors: []});
    show(form, answer);
    toast(form.dataset.door ? t("Saved. The door starts again.") : t("Saved."));
    mark(form);
    reveal(form);
  } catch (error) {
    refuse(form, error);
  }
}

/** Bounds that a value must not reach: HTML knows only those that it may. */
function bound(input) {
  const {above, below} = input.dataset ?? {};
  if (above === undefined && below === undefined) return;
  const value = input.value === "" ? NaN : Number(input.value);
  input.setCustomValidity(value <= Number(above) ? t("More than {n} is needed", {n: above}) : value >= Number(below) ? t("Less than {n} is needed", {n: below}) : "");
}

function prepare(form) {
  for (const input of inputs(form)) input.dataset.before = stored(input);
  const changed = ({target}) => { bound(target); mark(form); reveal(form); };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("reset", () => setTimeout(() => { showErrors(form, {errors: []}); mark(form); reveal(form); form.dispatchEvent(new Event("settings-shown")); }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = inputs(form).find((one) => !one.disabled && !one.closest("[hidden]") && !one.checkValidity());
    if (wrong) {
      wrong.closest("details")?.setAttribute("open", "");
      showErrors(form, {errors: inputs(form).filter((one) => !one.disabled && !one.closest("[hidden]") && !one.validity.valid).map((one) => ({field: one.name, message: one.validationMessage}))});
      return;
    }
    busy(form.querySelector("[type=submit]"), () => save(form, changes(form)));
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reset]");
    if (!button) return;
    const patch = {};
    put(patch, button.dataset.reset, null);
    save(form, patch);
  });
  addEventListener("beforeunload", (event) => { if (Object.keys(changes(form)).length) event.preventDefault(); });
  reveal(form);
}

document.querySelectorAll(".settings-form").forEach(prepare);

const mqtt = document.querySelector("#mqtt-test");
mqtt?.addEventListener("click", () => busy(mqtt, async () => {
  const place = document.querySelector("#mqtt-outcome");
  const found = await api("POST", "/settings/mqtt-test", {settings: changes(mqtt.form).mqtt ?? {}});
  tell(place, found.works, found.detail);
}));

/** Whether a new door's name can be one; what is wrong stands at its field otherwise. */
export function named(form) {
  const input = form.elements.namedItem("name");
  if (input.checkValidity()) return true;
  showErrors(form, {errors: [{field: "name", message: t("Small letters, digits and hyphens, as main-entrance.")}]});
  return false;
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) event.target.closest("dialog").close(); });
