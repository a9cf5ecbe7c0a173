// What all pages share: the API, words, messages, live events.

const language = document.documentElement.lang;
const words = language === "en" ? {} : (await import(`/words/${language}.js`)).default;

/** A text in the page's language, with values where it has their names in braces. */
export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** An answer that says what is wrong: `status`, `detail` in words, `errors` by field. */
export class ApiProblem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? t("The server does not answer."));
    this.status = status;
    this.kind = (problem.type ?? "").replace("/problems/", "");
    this.detail = this.message;
    this.errors = problem.errors ?? [];
    this.instance = problem.instance;
  }
}

async function answered(response) {
  if (response.status === 204) return null;
  const kind = response.headers.get("content-type") ?? "";
  const body = kind.includes("json") ? await response.json() : await response.text();
  if (response.ok) return body === "" ? null : body;
  if (response.status === 401 && !location.pathname.startsWith("/sign-in")) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  throw new ApiProblem(response.status, typeof body === "string" ? {} : body);
}

async function asked(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiProblem(0, {detail: t("The server cannot be reached. Try again in a moment.")});
  }
  return answered(response);
}

/** Ask the API; `path` below /api/v1. A POST is never done twice. Throws ApiProblem. */
export function api(method, path, body, {headers = {}, signal} = {}) {
  const all = {Accept: "application/json", ...headers};
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (method === "POST") all["Idempotency-Key"] ??= unique();
  return asked(`/api/v1${path}`, {method, headers: all, signal, body: body === undefined ? undefined : JSON.stringify(body)});
}

/** A name that nothing else has; crypto.randomUUID is there only with HTTPS. */
export function unique() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send a file as it is. */
export function upload(method, path, blob, {headers = {}} = {}) {
  return asked(`/api/v1${path}`, {method, body: blob, headers: {Accept: "application/json", "Content-Type": blob.type || "application/octet-stream", ...headers}});
}

/** Say something to those who listen rather than look. */
export function say(text) {
  const said = document.querySelector("#said");
  if (said && said.textContent !== text) said.textContent = text;
}

/** A message for a few seconds; with `undo` a button that calls it. */
export function toast(text, {undo, seconds = undo ? 10 : 5} = {}) {
  const box = document.createElement("div");
  box.className = "toast";
  box.append(Object.assign(document.createElement("span"), {textContent: text}));
  if (undo) {
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: t("Undo")});
    button.addEventListener("click", () => { box.remove(); undo(); });
    box.append(button);
  }
  // Whatever is not in an open dialog lies under it, and cannot be reached.
  const above = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (above) box.classList.add("in-dialog");
  (above ?? document.querySelector("#toasts")).append(box);
  setTimeout(() => box.remove(), seconds * 1000);
}

/** Say what went wrong. */
export function complain(error) {
  if (!(error instanceof ApiProblem)) throw error;
  toast(error.detail, {seconds: 8});
}

/** Ask before something is done. With `type`, that word must be typed. A promise of true or false. */
export function ask({title, text = "", confirm = t("OK"), danger = false, type}) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  const form = Object.assign(document.createElement("form"), {method: "dialog", className: "stack"});
  const heading = Object.assign(document.createElement("h2"), {textContent: title, id: "ask-title"});
  dialog.setAttribute("aria-labelledby", "ask-title");
  form.append(heading, Object.assign(document.createElement("p"), {textContent: text}));
  const yes = Object.assign(document.createElement("button"), {value: "yes", textContent: confirm, className: danger ? "danger" : "primary"});
  const no = Object.assign(document.createElement("button"), {value: "no", textContent: t("Cancel"), className: "quiet"});
  if (type !== undefined) {
    const label = Object.assign(document.createElement("label"), {className: "field", textContent: t("Type {word} to go on", {word: type})});
    const input = Object.assign(document.createElement("input"), {autocomplete: "off"});
    input.addEventListener("input", () => { yes.disabled = input.value !== type; });
    yes.disabled = true;
    label.append(input);
    form.append(label);
  }
  const row = Object.assign(document.createElement("div"), {className: "row"});
  row.append(no, yes);
  form.append(row);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
  });
}

/** Hear of every event from now on; resumes by itself after a loss. Returns what ends it. `onState(true|false)`: whether it is heard. */
export function stream(onEvent, {onState = () => {}, path = "/api/v1/events/stream"} = {}) {
  let source, wait = 1000, timer, last;
  const open = () => {
    source = new EventSource(last === undefined ? path : `${path}?after=${last}`);
    source.onopen = () => { wait = 1000; onState(true); };
    source.onmessage = (message) => { last = message.lastEventId || last; onEvent(JSON.parse(message.data)); };
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 15000);
    };
  };
  open();
  addEventListener("pagehide", () => source.close());
  return () => { clearTimeout(timer); source.close(); };
}

const steps = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** How long ago, in words. */
export function ago(at) {
  const seconds = (new Date(at) - Date.now()) / 1000;
  if (Math.abs(seconds) < 10) return t("just now");
  const [unit, length] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? steps.at(-1);
  return new Intl.RelativeTimeFormat(language, {numeric: "auto"}).format(Math.round(seconds / length), unit);
}

/** Write every <time> in `root` relative to now, the exact time in the site's zone on hover. */
export function relativeTimes(root = document) {
  const zone = document.body.dataset.zone || undefined;
  for (const time of root.querySelectorAll("time[datetime]:not([data-exact])")) {
    const at = new Date(time.dateTime);
    time.title = new Intl.DateTimeFormat(language, {dateStyle: "full", timeStyle: "medium", timeZone: zone}).format(at);
    time.textContent = ago(at);
  }
}

/** Put what a problem says of fields beside them in `form`; true where something was found. */
export function showErrors(form, problem) {
  for (const old of form.querySelectorAll(".wrong")) old.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  let first = null;
  for (const {field, message} of problem.errors) {
    const input = form.elements.namedItem(field.replace(/^body\./, ""));
    if (!(input instanceof HTMLElement)) continue;
    const note = Object.assign(document.createElement("p"), {className: "wrong", id: `${input.id}-wrong`, textContent: message});
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", note.id);
    input.closest(".field")?.append(note);
    first ??= input;
  }
  first?.focus();
  return first !== null;
}

/** An icon. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** What the page carries for its script. */
export function pageData(id = "data") {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

relativeTimes();
setInterval(() => relativeTimes(), 30000);
document.querySelector("#theme")?.addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  document.cookie = `limen_theme=${dark ? "light" : "dark"}; path=/; max-age=31536000; samesite=lax`;
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
  const search = document.querySelector("input[type=search]");
  if (search) { event.preventDefault(); search.focus(); }
});
