// The display of a door: shows visitors how it stands, and the door what the camera sees.
import {pageData, t} from "./app.js";
import {CameraProblem, FrameSocket, openCamera} from "./camera.js";
import {Pad, listen} from "./kiosk-keys.js";
import {sound, wake} from "./kiosk-sound.js";

const find = (id) => document.getElementById(id);
const main = find("main");
const {door, camera, version} = main.dataset;
const own = camera === "display";
const signs = {
  idle: "face", card: "card", looking: "eye", hold_still: "face", come_closer: "up", move_back: "down", center: "face",
  look_straight: "eye", one_person: "user", too_dark: "theme", too_bright: "theme", granted: "check", denied: "cross",
  locked_out: "lock", open: "unlock", offline: "offline",
};
const headlines = {
  idle: () => own ? t("Please look here") : t("Please look at the camera"),
  card: () => t("Show your card or type your PIN"),
  looking: () => t("Looking …"),
  hold_still: () => t("Hold still"),
  come_closer: () => t("Come closer"),
  move_back: () => t("Move back a little"),
  center: () => t("Move to the middle"),
  look_straight: () => t("Look straight ahead"),
  one_person: () => t("One person at a time"),
  too_dark: () => t("It is too dark"),
  too_bright: () => t("It is too bright"),
  granted: ({names}) => names.length ? t("Welcome, {names}!", {names: listed(names)}) : t("Welcome!"),
  denied: () => t("Not this time"),
  locked_out: () => t("Closed for now"),
  open: () => t("The door is open"),
  offline: () => t("Out of order"),
};
const lines = {
  open: () => t("Please come in."),
  too_dark: () => t("Turn towards the light."),
  too_bright: () => t("Turn away from the light."),
};
const spoken = new Set(["granted", "denied", "locked_out", "open", "come_closer", "move_back", "center", "look_straight", "hold_still"]);
const listed = (names) => new Intl.ListFormat(document.documentElement.lang, {type: "conjunction"}).format(names);

// What the server says; what stands above it for a while, as the answer to a PIN; and what is wrong here.
let said = pageData();
let flash = null;
let lost = true;
let blind = null;
let before = "";
let failures = 0;

function now() {
  if (lost) return {state: "offline", headline: t("Connecting …"), text: t("The door stays shut until the server answers."), names: []};
  if (flash && performance.now() < flash.until && !(said.state === "granted" || said.state === "denied")) return flash;
  if (blind && ["idle", "looking", "offline"].includes(said.state)) return {state: "offline", headline: t("No camera"), text: t("Cards and PINs still work."), names: []};
  return said;
}

function show() {
  const {state, text, names, headline} = now();
  const words = headline ?? headlines[state]({names});
  main.dataset.state = state;
  find("sign").setAttribute("href", `/static/icons.svg#${signs[state]}`);
  find("mark").setAttribute("href", `/static/icons.svg#${signs[state]}`);
  const line = text || lines[state]?.() || "";
  if (find("headline").textContent !== words) find("headline").textContent = words;
  if (find("line").textContent !== line) find("line").textContent = line;
  const key = `${state} ${names.join()}`;
  if (key === before) return;
  before = key;
  if (sounds()) sound(state);
  if (speech() && spoken.has(state)) speak(`${words}. ${line}`);
}

function flashed(state, text) {
  flash = {state, text, names: [], until: performance.now() + 4000};
  setTimeout(show, 4050);
  show();
}

// Cards and PINs.
async function present(credentials) {
  try {
    // Not by api(): what is typed here must not be repeated by itself, nor remembered.
    const response = await fetch(`/api/v1/doors/${door}/credentials`, {
      method: "POST", headers: {"Content-Type": "application/json", Accept: "application/json"}, body: JSON.stringify(credentials),
    });
    if (!response.ok) return flashed("denied", response.status === 422 ? t("The card could not be read. Please try again.") : "");
    const {outcome, text} = await response.json();
    flashed({open: "granted", look: "looking", shut: "denied"}[outcome], text);
  } catch {
    flashed("offline", t("The server cannot be reached. Try again in a moment."));
  }
}

const pad = new Pad(find("pad"), present);
find("open-pad").addEventListener("click", () => pad.open());
listen(pad, (card) => present({card}));

// The server.
const socket = new FrameSocket(`/api/v1/doors/${door}/camera`, {
  video: own ? find("video") : null, fps: 5, widest: 640, quality: .8,
  onMessage(message) {
    [said, lost] = [message, false];
    failures = 0;
    socket.paused = !message.feeding;
    if (own) trouble("feeding", message.feeding ? "" : t("Another display of this door shows it its pictures."), t("Use this camera"), () => socket.send({feed: true}));
    if (message.version !== version || message.camera !== camera) reload();
    show();
  },
  onState(state) {
    if (state === "open") return;
    lost = true;
    show();
    if (++failures % 3 === 0 || state === "refused") mayStillBe();
  },
});

/** Once the server is back with another version, or the door with another camera; not over and over. */
function reload() {
  const last = Number(sessionStorage.getItem("limen.reloaded") ?? 0);
  if (Date.now() - last < 30000) return;
  sessionStorage.setItem("limen.reloaded", Date.now());
  location.reload();
}

/** Whether this is still a display: if not, the page says what to do. */
async function mayStillBe() {
  try {
    const {status} = await fetch(`/api/v1/doors/${door}/visitor`, {headers: {Accept: "application/json"}});
    if (status === 401 || status === 403) reload();
  } catch {
    return; // The server is away, and is asked again.
  }
}

// This display's camera.
let opened, tries = 0;
async function look() {
  opened?.stop();
  opened = null;
  find("oval").classList.remove("sees");
  try {
    opened = await openCamera(find("video"), {onLost: () => lookAgain(500)});
    [blind, tries] = [null, 0];
    find("oval").classList.add("sees");
    trouble("camera", "");
  } catch (error) {
    if (!(error instanceof CameraProblem)) throw error;
    blind = error;
    trouble("camera", error.message, t("Try again"), () => lookAgain(0));
    lookAgain([2000, 5000, 10000, 30000][Math.min(tries++, 3)]);
  }
  show();
}

let timer;
function lookAgain(wait) {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

const troubles = new Map();
function trouble(kind, text, action, act) {
  text ? troubles.set(kind, {text, action, act}) : troubles.delete(kind);
  const [first] = troubles.values();
  find("trouble").hidden = !first;
  const same = find("trouble-text").textContent === (first?.text ?? "");
  if (same) return;
  find("trouble-text").textContent = first?.text ?? "";
  const button = find("trouble-do");
  button.hidden = !first?.action;
  button.textContent = first?.action ?? "";
  button.onclick = first?.act ?? null;
}

// Sound, voice, the screen that stays on.
const kept = (name, otherwise) => (localStorage.getItem(`limen.${name}`) ?? otherwise) === "yes";
const keep = (name, value) => localStorage.setItem(`limen.${name}`, value ? "yes" : "no");
const sounds = () => kept("sounds", "yes");
const speech = () => kept("speech", "no") && "speechSynthesis" in window;

function speak(text) {
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang;
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

function showSound() {
  const button = find("mute");
  button.setAttribute("aria-pressed", String(!sounds()));
  button.querySelector("use").setAttribute("href", `/static/icons.svg#${sounds() ? "sound" : "mute"}`);
  find("own-sound").checked = sounds();
  find("own-speech").checked = kept("speech", "no");
}

function setSound(value) {
  keep("sounds", value);
  showSound();
  heard();
}

async function heard() {
  const works = !sounds() || await wake();
  trouble("sound", works ? "" : t("Touch the screen once, so that this browser lets sounds be heard."));
}

find("mute").addEventListener("click", () => setSound(!sounds()));
find("own-sound").addEventListener("change", ({target}) => setSound(target.checked));
find("own-speech").addEventListener("change", ({target}) => keep("speech", target.checked));
find("more").addEventListener("click", () => find("own").showModal());
find("own-full").addEventListener("click", () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.());
addEventListener("pointerdown", heard);
addEventListener("keydown", heard, {once: true});

let awake = null;
async function stayAwake() {
  try {
    awake = await navigator.wakeLock.request("screen");
    awake.addEventListener("release", () => { awake = null; });
    find("awake").textContent = t("The screen stays on.");
  } catch {
    find("awake").textContent = t("This browser cannot keep the screen on: switch its sleep off in the settings of the device.");
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  if (!awake) stayAwake();
  if (own && !opened) lookAgain(0);
});
navigator.mediaDevices?.addEventListener?.("devicechange", () => { if (own && !opened) lookAgain(300); });

function tellTime() {
  find("clock").textContent = new Intl.DateTimeFormat(document.documentElement.lang, {timeStyle: "short", timeZone: document.body.dataset.zone || undefined}).format(new Date());
}

showSound();
tellTime();
setInterval(tellTime, 5000);
stayAwake();
heard();
socket.start();
if (own) look();
show();
