// One person: facts saved, photos added, cards, PIN, consent, deletion.
import {ApiProblem, api, ask, complain, icon, t, toast, upload} from "./app.js";
import {boundary, carried, closable, keepForNext, tell} from "./people_parts.js";

const person = document.querySelector("#person");
const {id, name, consent} = person.dataset;
const here = `/people/${id}`;
const pick = (selector, root = document) => root.querySelector(selector);

carried();

/** The page again, with what was done. */
function again(text) {
  if (text) keepForNext({text});
  location.reload();
}

/** Do it, then the page again; what goes wrong is said. */
async function act(work, text) {
  try {
    await work();
    again(text);
  } catch (error) { complain(error); }
}

/** A dialog whose form is sent by `send(form)`; what goes wrong is said in it. */
function formDialog(dialog, opener, send, text) {
  if (!dialog || !opener) return;
  const form = pick("form", dialog);
  closable(dialog);
  opener.addEventListener("click", () => { form.reset(); tell(form, null); dialog.showModal(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = pick("button.primary", form);
    button.disabled = true;
    try {
      await send(form);
      dialog.close();
      again(text);
    } catch (error) { tell(form, error); }
    button.disabled = false;
  });
}

/* What may be changed: only what was changed is sent, and only if nobody else changed it meanwhile. */
const facts = pick("#facts");
if (facts) {
  const read = () => ({
    name: facts.elements.name.value,
    groups: [...facts.querySelectorAll("[name=groups]:checked")].map((box) => box.value),
    valid_from: facts.elements.valid_from.value,
    valid_until: facts.elements.valid_until.value,
    disabled: facts.elements.disabled.checked,
    faceless: facts.elements.faceless.checked,
  });
  const before = read();
  const changed = () => Object.entries(read()).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]));
  const buttons = facts.querySelectorAll("button");
  const settle = () => { const none = changed().length === 0; for (const button of buttons) button.disabled = none; };
  facts.addEventListener("input", settle);
  facts.addEventListener("reset", () => setTimeout(() => { tell(facts, null); settle(); }));
  facts.addEventListener("submit", async (event) => {
    event.preventDefault();
    const change = Object.fromEntries(changed());
    if ("valid_from" in change) change.valid_from = boundary(change.valid_from, 0);
    if ("valid_until" in change) change.valid_until = boundary(change.valid_until, 1);
    try {
      await api("PATCH", here, change, {headers: {"If-Match": person.dataset.etag}});
      again(t("Saved"));
    } catch (error) { tell(facts, error); }
  });
  addEventListener("beforeunload", (event) => { if (changed().length && !facts.dataset.sent) event.preventDefault(); });
  facts.addEventListener("submit", () => { facts.dataset.sent = "yes"; });
}

/* Photos. */
const uploads = pick("#uploads");
const files = pick("#files");

function line(file) {
  const item = document.createElement("li");
  item.className = "notice";
  item.append(icon("upload"), Object.assign(document.createElement("p"), {textContent: t("{file}: looking …", {file: file.name})}));
  uploads.append(item);
  return item;
}

function settled(item, tone, symbol, text) {
  item.dataset.tone = tone;
  item.replaceChildren(icon(symbol), Object.assign(document.createElement("p"), {textContent: text}));
}

/** Whether the photo was added; asks where the face is somebody else's, or unlike the other photos. */
async function addPhoto(file, item, asked) {
  const query = new URLSearchParams({file_name: file.name.slice(0, 255), ...asked});
  try {
    const answer = await upload("POST", `${here}/photos?${query}`, file);
    const notes = answer.notes.join("; ");
    const text = answer.added ? t("{file}: added", {file: file.name}) : t("{file}: was there already", {file: file.name});
    settled(item, notes ? "warn" : "good", notes ? "warning" : "check", notes ? `${text}; ${notes}` : text);
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const other = /already enrolled as (.*): one of the two/s.exec(error.detail)?.[1] ?? "?";
    const text = {
      "already-enrolled": () => t("The face in {file} is already enrolled as {other}.", {file: file.name, other}),
      "unlike-own": () => t("The face in {file} is not like the other photos of {name}.", {file: file.name, name}),
    }[error.kind]?.();
    if (text && await ask({title: t("Is this the right person?"), text, confirm: t("Add it all the same"), danger: true})) {
      return addPhoto(file, item, {...asked, confirm_duplicate: "true"});
    }
    settled(item, "bad", "cross", `${file.name}: ${error.detail}`);
    return false;
  }
}

async function addPhotos(chosen) {
  uploads.replaceChildren();
  let added = 0, refused = 0;
  // One after the other: the doors need the processors too.
  for (const file of chosen) (await addPhoto(file, line(file), {})) ? added++ : refused++;
  if (added && !refused && !pick("[data-tone=warn]", uploads)) again(added === 1 ? t("1 photo added") : t("{n} photos added", {n: added}));
  else if (added) {
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: t("Show the photos")});
    button.addEventListener("click", () => location.reload());
    uploads.append(Object.assign(document.createElement("li"), {className: "row"}));
    uploads.lastElementChild.append(button);
  }
}

if (files) {
  const drop = pick("#drop");
  files.addEventListener("change", () => { addPhotos([...files.files]); files.value = ""; });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.toggle("over", kind === "dragover"); });
  }
  drop.addEventListener("drop", (event) => addPhotos([...event.dataTransfer.files]));
}
for (const button of document.querySelectorAll("[data-remove]")) {
  button.addEventListener("click", async () => {
    const last = document.querySelectorAll("[data-remove]").length === 1;
    const text = last ? t("It is the last one: no door will know this face.") : t("The template that was made from it goes with it. This cannot be undone.");
    if (await ask({title: t("Delete this photo?"), text, confirm: t("Delete"), danger: true})) {
      await act(() => api("DELETE", `${here}/photos/${button.dataset.remove}`), t("The photo was deleted"));
    }
  });
}

/* Cards and PIN. */
for (const item of document.querySelectorAll("[data-card]")) {
  const path = `${here}/cards/${item.dataset.card}`, off = item.dataset.off === "true";
  pick("[data-switch]", item)?.addEventListener("click", () => act(() => api("PATCH", path, {disabled: !off}), off ? t("The card opens again") : t("The card opens nothing any more")));
  pick("[data-take]", item)?.addEventListener("click", async () => {
    if (await ask({title: t("Remove this card?"), text: t("It may then be given to somebody else."), confirm: t("Remove"), danger: true})) {
      await act(() => api("DELETE", path), t("The card was removed"));
    }
  });
}
formDialog(pick("#card-dialog"), pick("#add-card"), (form) => {
  const {number, format, facility, printed, card_until: until} = form.elements;
  const printedOnIt = facility.value !== "" || printed.value !== "";
  const card = {valid_until: boundary(until.value, 1)};
  if (number.value.trim()) Object.assign(card, {number: number.value.trim(), format: format.value});
  if (printedOnIt) Object.assign(card, {facility: facility.value === "" ? null : Number(facility.value), printed: printed.value === "" ? null : Number(printed.value)});
  return api("POST", `${here}/cards`, card);
}, t("The card was added"));
formDialog(pick("#pin-dialog"), pick("#set-pin"), async (form) => {
  const {pin, again: twice, pin_number: number, duress_pin: duress} = form.elements;
  if (pin.value !== twice.value) throw new ApiProblem(422, {detail: t("The two PINs differ: type the same one twice.")});
  await api("PUT", `${here}/pin`, {pin: pin.value, number: number.value.trim() || null, duress_pin: duress.value || null});
}, t("The PIN was set"));
pick("#remove-pin")?.addEventListener("click", async () => {
  if (await ask({title: t("Remove number and PIN?"), confirm: t("Remove"), danger: true})) {
    await act(() => api("DELETE", `${here}/pin`), t("Number and PIN were removed"));
  }
});

/* Consent. */
formDialog(pick("#consent-dialog"), pick("#give-consent"), (form) => api("POST", `${here}/consents`, {text_version: form.elements.text_version.value}), t("The consent is on record"));
pick("#withdraw")?.addEventListener("click", async () => {
  const text = t("All photos, templates and pictures of visits are erased at once, in the backups too. {name} stays, and comes in by card and PIN. This cannot be undone.", {name});
  if (await ask({title: t("Withdraw the consent?"), text, confirm: t("Erase them"), danger: true})) {
    await act(async () => {
      const answer = await api("DELETE", `${here}/consents`);
      if (!answer.complete) throw new ApiProblem(503, {detail: t("Something may be left in {files}: make it reachable, then run limen backup keys.", {files: answer.pending.join(", ")})});
    }, t("The consent was withdrawn, and all photos erased"));
  }
});

/* Deletion. */
function duration(seconds) {
  const [value, unit] = seconds % 3600 === 0 ? [seconds / 3600, "hour"] : seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"];
  return new Intl.NumberFormat(document.documentElement.lang, {style: "unit", unit, unitDisplay: "long"}).format(value);
}
pick("#delete")?.addEventListener("click", async () => {
  const seconds = Number(person.dataset.undo);
  const text = t("{name} is let in nowhere from now on. For {time} this can be undone; then photos, templates, cards and PIN are erased for good, in the backups too. Events stay, and no longer say who it was.", {name, time: duration(seconds)});
  if (!await ask({title: t("Delete {name}?", {name}), text, confirm: t("Delete"), danger: true})) return;
  try {
    await api("DELETE", here);
    keepForNext({text: t("{name} was deleted", {name}), undo: {action: "restore", ids: [id]}, seconds});
    location.assign("/people");
  } catch (error) { complain(error); }
});
pick("#restore")?.addEventListener("click", () => act(() => api("POST", `${here}/restore`), t("{name} is back", {name})));
const erase = pick("#erase");
if (erase) {
  erase.dataset.exact = "";
  const at = new Date(erase.dateTime);
  const tick = () => {
    const left = Math.ceil((at - Date.now()) / 1000);
    if (left < -2) { clearInterval(timer); location.assign("/people"); return; }
    const [value, unit] = left > 5400 ? [Math.round(left / 3600), "hour"] : left > 90 ? [Math.round(left / 60), "minute"] : [Math.max(left, 0), "second"];
    erase.textContent = new Intl.RelativeTimeFormat(document.documentElement.lang).format(value, unit);
  };
  const timer = setInterval(tick, 1000);
  tick();
}
