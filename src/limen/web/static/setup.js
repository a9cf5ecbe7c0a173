// Setting up, a step at a time: each can be skipped, and a reload goes on where one was.
import {api, complain, pageData, t} from "./app.js";
import {submits} from "./accounts.js";
import {openCamera} from "./camera.js";

const data = pageData();
const steps = data.steps.map(([step]) => step);
const names = Object.fromEntries(data.steps);
const kept = "limen-setup";
const first = steps[1];
let now = null;
let camera = null;

const section = (step) => document.querySelector(`section[data-step="${step}"]`);
const form = (step) => section(step).querySelector("form");

function stepOf(text) {
  return steps.indexOf(text) > 0 ? text : null;
}

async function show(step, {focus = true} = {}) {
  if (now) section(now).hidden = true;
  now = step;
  section(step).hidden = false;
  localStorage.setItem(kept, step);
  const place = steps.indexOf(step);
  for (const mark of document.querySelectorAll(".progress li")) {
    const at = steps.indexOf(mark.dataset.for);
    mark.dataset.state = at < place ? "done" : at === place ? "now" : "";
  }
  const title = section(step).querySelector("h1");
  document.querySelector("#where").textContent = `${t("Step {n} of {all}", {n: place + 1, all: steps.length})} · ${title.textContent}`;
  if (focus) { title.focus(); scrollTo(0, 0); }
  await lookAgain();
}

const go = (by) => { location.hash = steps[Math.min(Math.max(steps.indexOf(now) + by, 1), steps.length - 1)]; };
addEventListener("hashchange", () => { const step = stepOf(location.hash.slice(1)); if (step && step !== now) show(step); });
for (const button of document.querySelectorAll('[data-does="back"]')) button.addEventListener("click", () => go(-1));
for (const button of document.querySelectorAll('[data-does="skip"]')) button.addEventListener("click", () => go(1));

// The site: the browser knows all time zones.
const zones = document.getElementById("site.time_zone");
const known = Intl.supportedValuesOf?.("timeZone") ?? [];
zones.replaceChildren(...[...new Set(["UTC", data.time_zone, ...known])].sort().map((zone) => new Option(zone.replaceAll("_", " "), zone, false, zone === data.time_zone)));

submits(form("site"), async (values) => {
  await api("PATCH", "/settings", {site: {name: values["site.name"], time_zone: values["site.time_zone"], language: values["site.language"]}});
  go(1);
});

// The camera: what this browser sees, or what the server sees.
const video = document.querySelector("#video");
const picture = document.querySelector("#picture");
const told = document.querySelector("#preview-text");
const noted = document.querySelector("#preview-note");
const cameraForm = form("camera");

const usesServer = () => cameraForm.camera.value === "server";

function note(text) {
  noted.hidden = !text;
  noted.textContent = text ?? "";
}

async function lookAgain() {
  camera?.stop();
  camera = null;
  video.hidden = picture.hidden = true;
  told.hidden = false;
  note("");
  document.querySelector("#source-field").hidden = !usesServer();
  if (now !== "camera") return;
  if (usesServer()) {
    told.textContent = t("Try it, and its picture comes here.");
    return;
  }
  told.textContent = t("Opening the camera of this browser …");
  try {
    const opened = await openCamera(video, {onLost: () => lookAgain()});
    if (now !== "camera" || usesServer()) return opened.stop();
    camera = opened;
    video.hidden = false;
    told.hidden = true;
    note(t("This is the camera of this browser. That of the display at the door is asked for there."));
  } catch (problem) {
    told.textContent = problem.message;
  }
}

cameraForm.addEventListener("change", ({target}) => { if (target.name === "camera") lookAgain(); });
if (data.camera && data.camera !== "browser") {
  cameraForm.camera.value = "server";
  cameraForm.source.value = data.camera;
}

document.querySelector("#try-camera").addEventListener("click", async ({currentTarget: button}) => {
  button.disabled = true;
  told.hidden = false;
  picture.hidden = true;
  told.textContent = t("Opening the camera …");
  try {
    const seen = await api("POST", "/settings/camera-test", {camera: cameraForm.source.value.trim()});
    if (seen.picture) { picture.src = seen.picture; picture.hidden = false; told.hidden = true; note(seen.detail); }
    else told.textContent = seen.detail;
  } catch (problem) {
    told.textContent = problem.detail ?? String(problem);
  } finally {
    button.disabled = false;
  }
});

const door = (patch) => data.door ? api("PATCH", `/settings/doors/${data.door}`, patch) : api("POST", "/settings/doors", {name: "front", settings: patch}).then(() => { data.door = "front"; });

submits(cameraForm, async ({source}) => {
  await door({camera: usesServer() ? source.trim() : "browser"});
  go(1);
});

// The lock, with a test before it is kept.
const lockForm = form("lock");
const result = document.querySelector("#lock-result");
if ([...lockForm.lock].some(({value}) => value === data.lock)) lockForm.lock.value = data.lock;

function lockSettings() {
  const lock = lockForm.lock.value;
  const named = (name) => lockForm.elements.namedItem(name);
  if (lock === "gpio") return {lock, gpio: {relay_pin: Number(named("gpio.relay_pin").value), active_low: named("gpio.active_low").checked}};
  if (lock === "webhook") return {lock, webhook: {url: named("webhook.url").value.trim(), secret: named("webhook.secret").value}};
  return {lock};
}

function lockChosen() {
  for (const part of lockForm.querySelectorAll("[data-lock]")) part.hidden = part.dataset.lock !== lockForm.lock.value;
  result.hidden = true;
}
lockForm.addEventListener("change", ({target}) => { if (target.name === "lock") lockChosen(); });
lockChosen();

document.querySelector("#test-lock").addEventListener("click", async ({currentTarget: button}) => {
  button.disabled = true;
  try {
    show_result(await api("POST", "/settings/lock-test", {door: data.door ?? "front", settings: lockSettings()}));
  } catch (problem) {
    show_result({works: false, detail: problem.detail ?? String(problem)});
  } finally {
    button.disabled = false;
  }
});

function show_result({works, detail}) {
  result.hidden = false;
  result.dataset.tone = works ? "good" : "bad";
  result.querySelector("use").setAttribute("href", `/static/icons.svg#${works ? "unlock" : "warning"}`);
  result.querySelector("span").textContent = works && lockForm.lock.value === "simulator" ? t("The simulated lock opened and locked again.") : detail;
}

submits(lockForm, async () => {
  await door(lockSettings());
  go(1);
});

// Privacy.
const privacy = form("privacy");
const checked = (name) => privacy.elements.namedItem(name).checked;
privacy.addEventListener("change", () => { document.querySelector("#crop-days").hidden = !checked("privacy.keep_crops"); });

submits(privacy, async (values) => {
  const days = checked("privacy.keep_crops") ? {crop_days: Number(values["privacy.crop_days"])} : {};
  await api("PATCH", "/settings", {
    enrolment: {keep_photos: checked("enrolment.keep_photos")},
    privacy: {keep_crops: checked("privacy.keep_crops"), delete_unused: checked("privacy.delete_unused"), ...days},
  });
  go(1);
});

document.querySelector("#to-enrol").addEventListener("click", () => localStorage.setItem(kept, "done"));
document.querySelector("#finish").addEventListener("click", () => localStorage.removeItem(kept));

const wanted = stepOf(location.hash.slice(1)) ?? stepOf(localStorage.getItem(kept)) ?? first;
history.replaceState(null, "", `#${wanted}`);
show(wanted, {focus: false}).catch(complain);
