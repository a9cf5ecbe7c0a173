// One door: its camera and lock tried, its displays, its name.
import {ago, api, ask, complain, icon, showErrors, t} from "./app.js";
import {busy, changes, copy, named as nameFits, tell} from "./settings.js";

const form = document.querySelector(".settings-form");
const door = form.dataset.door;
const here = `/settings/doors/${encodeURIComponent(door)}`;

// Where the camera is, and what names it there.
const kind = document.querySelector("#camera-kind");
const camera = form.elements.namedItem("camera");
const kindOf = (text) => text === "" ? "none" : text === "browser" ? "browser" : /^\d+$/.test(text) ? "usb" : text.includes("://") ? "net" : "film";
const hints = {usb: t("Its number, as 0"), net: "rtsp://camera.lan/stream", film: "/srv/films/door.mp4"};

function showCamera() {
  if (!kind) return;
  kind.value = kindOf(camera.value);
  named();
}

function named() {
  const free = kind.value in hints;
  camera.closest(".field").hidden = !free;
  camera.placeholder = hints[kind.value] ?? "";
  document.querySelector("#camera-test").hidden = !free;
  document.querySelector("#camera-hint").hidden = kind.value !== "browser";
}

if (kind) {
  document.querySelector("#camera-choice").hidden = false;
  kind.addEventListener("change", () => {
    camera.value = {browser: "browser", usb: "0"}[kind.value] ?? "";
    named();
    camera.dispatchEvent(new Event("input", {bubbles: true}));
    if (kind.value in hints) camera.focus();
  });
  form.addEventListener("settings-shown", showCamera);
  showCamera();
}

const cameraTest = document.querySelector("#camera-test");
cameraTest?.addEventListener("click", () => busy(cameraTest, async () => {
  const found = await api("POST", "/settings/camera-test", {camera: camera.value.trim() || "browser"});
  tell(document.querySelector("#camera-outcome"), found.works, found.detail, {picture: found.picture});
}));

const lockTest = document.querySelector("#lock-test");
lockTest?.addEventListener("click", async () => {
  const text = t("The lock opens for a moment. Whoever stands at the door can enter.");
  if (!await ask({title: t("Open the lock of {door}?", {door}), text, confirm: t("Open it now")})) return;
  await busy(lockTest, async () => {
    const patch = changes(form);
    const body = Object.keys(patch).length ? {door, settings: patch} : {door};
    const found = await api("POST", "/settings/lock-test", body);
    tell(document.querySelector("#lock-outcome"), found.works, found.detail, {steps: found.steps});
  });
});

// Displays.
const list = document.querySelector("#display-list");
const kiosks = `/doors/${encodeURIComponent(door)}/kiosks`;

function row(name, text, id, action) {
  const item = document.createElement("li");
  const words = Object.assign(document.createElement("div"), {className: "grow stack tight"});
  words.append(Object.assign(document.createElement("strong"), {textContent: name}), Object.assign(document.createElement("span"), {className: "small", textContent: text}));
  item.append(icon("display"), words);
  if (document.querySelector("#new-display")) {
    const button = Object.assign(document.createElement("button"), {type: "button", className: "quiet danger", textContent: action});
    button.setAttribute("aria-label", `${action}: ${name}`);
    button.addEventListener("click", () => end(id, name));
    item.append(button);
  }
  return item;
}

async function end(id, name) {
  if (!await ask({title: t("End {name}?", {name}), text: t("The device is bound to this door no longer, at once."), confirm: t("End it"), danger: true})) return;
  try {
    await api("DELETE", `${kiosks}/${id}`);
    await displays();
  } catch (error) { complain(error); }
}

async function displays() {
  const found = await api("GET", kiosks);
  const rows = found.displays.map((one) => row(one.name, one.connected ? t("It is on") : one.last_used_at ? t("Off, last seen {when}", {when: ago(one.last_used_at)}) : t("Never used"), one.id, t("End")));
  rows.push(...found.links.map((one) => row(t("A link that nobody has opened"), t("Works until {time}", {time: new Date(one.expires_at).toLocaleTimeString(document.documentElement.lang, {hour: "2-digit", minute: "2-digit"})}), one.id, t("Withdraw"))));
  const none = Object.assign(document.createElement("li"), {className: "small", textContent: t("None yet.")});
  list.replaceChildren(...(rows.length ? rows : [none]));
}

const pairing = document.querySelector("#pairing");
const newDisplay = document.querySelector("#new-display");
newDisplay?.addEventListener("click", () => busy(newDisplay, async () => {
  const link = await api("POST", kiosks, {});
  const picture = new DOMParser().parseFromString(link.qr, "image/svg+xml").documentElement;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", t("QR code of the link"));
  document.querySelector("#pairing-qr").replaceChildren(document.importNode(picture, true));
  document.querySelector("#pairing-link").value = link.url;
  pairing.showModal();
}));
pairing.addEventListener("close", () => displays().catch(complain));
document.querySelector("#copy-link").addEventListener("click", () => copy(document.querySelector("#pairing-link")));
displays().catch(complain);

// Name and removal.
const rename = document.querySelector("#rename");
document.querySelector("#rename-door")?.addEventListener("click", () => rename.showModal());
rename?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = event.target.elements.namedItem("name").value;
  if (asked === door) { rename.close(); return; }
  if (!nameFits(event.target)) return;
  try {
    await api("POST", `${here}/rename`, {name: asked});
    location.assign(`/settings/doors/${encodeURIComponent(asked)}`);
  } catch (error) {
    if (!showErrors(event.target, error)) complain(error);
  }
});
document.querySelector("#remove-door")?.addEventListener("click", async () => {
  const text = t("It is locked and runs no longer, and its displays are signed out. Its settings are gone; its record stays.");
  if (!await ask({title: t("Remove the door {door}?", {door}), text, confirm: t("Remove"), danger: true, type: door})) return;
  try {
    await api("DELETE", here);
    location.assign("/settings/doors");
  } catch (error) { complain(error); }
});
