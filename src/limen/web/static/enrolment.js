// The wizard of enrolment: who, consent, get ready, capture, look over, try; and the ways without this camera.
import {api, ApiProblem, ask, complain, icon, pageData, say, showErrors, t, toast} from "./app.js";
import {CameraProblem, FrameSocket, openCamera} from "./camera.js";
import {initLink} from "./enrolment_link.js";
import {Ring} from "./enrolment_ring.js";
import {initUpload} from "./enrolment_upload.js";
import {initVoice} from "./enrolment_voice.js";
import {directions, glassesHints, instructions, looks, stepNames} from "./enrolment_words.js";

const data = pageData();
const $ = (id) => document.getElementById(id);
const kept = "limen_enrolment";
const state = {person: data.person, name: data.name, way: "camera", consented: false, enrolment: null, camera: null, socket: null};
const ways = {camera: ["ready", "capture", "review", "try"], upload: ["upload"], link: ["link"]};
const first = data.person ? "consent" : "who";

function steps() {
  return [...(data.person ? [] : ["who"]), ...(state.way === "link" ? [] : ["consent"]), ...ways[state.way]];
}

// Which step is shown stands in the address, so that the browser's own back button works.
const step = () => location.hash.slice(1) || first;

function go(to, {replace = false} = {}) {
  if (step() === to) return show();
  if (replace) history.replaceState(null, "", `#${to}`);
  else location.hash = to;
  if (replace) show();
}

/** The step that can be shown: a later one needs what the earlier ones brought. */
function allowed(wanted) {
  if (wanted === "done" && state.finished) return "done";
  if (state.finished && state.way === "camera") return wanted === "try" ? "try" : "done";
  if (wanted === first || !steps().includes(wanted)) return first;
  if (!data.person && !state.name) return first;
  if (wanted === "consent" || wanted === "link") return wanted;
  if (!state.consented) return "consent";
  if (wanted === "upload" || wanted === "ready") return wanted;
  if (wanted === "review") return state.enrolment?.frames.length ? "review" : "ready";
  return wanted === "capture" ? "capture" : "ready";
}

const entering = {capture: startCapture, review: showReview, try: startTrial, link: () => invite()};

function show() {
  const wanted = step(), shown = allowed(wanted);
  if (wanted !== shown) return go(shown, {replace: true});
  stopCamera();
  for (const section of document.querySelectorAll("[data-step]")) section.hidden = section.dataset.step !== shown;
  drawSteps(shown);
  if (shown !== first || state.moved) document.querySelector(`[data-step="${shown}"] h2`)?.focus();
  state.moved = true;
  scrollTo(0, 0);
  entering[shown]?.();
}

function drawSteps(shown) {
  const all = steps(), at = shown === "done" ? all.length : all.indexOf(shown);
  $("steps").replaceChildren(...all.map((name, index) => {
    const item = Object.assign(document.createElement("li"), {textContent: stepNames[name]});
    if (index < at) item.dataset.done = "";
    if (index === at) item.setAttribute("aria-current", "step");
    return item;
  }));
}

// Who, and how.
$("who-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target, name = form.elements.namedItem("name").value.trim();
  const missing = !data.person && !name;
  showErrors(form, {errors: missing ? [{field: "name", message: t("Give a name.")}] : []});
  if (missing) return;
  if (name && name !== state.name) Object.assign(state, {name, enrolment: null, consented: false});
  state.way = form.elements.namedItem("way").value;
  $("whom").hidden = false;
  $("whom").lastElementChild.textContent = state.name;
  go(state.way === "link" ? "link" : "consent");
});

// Consent, and getting ready.
$("agree").addEventListener("change", ({target}) => { $("agreed").disabled = !target.checked; });
$("agreed").addEventListener("click", () => { state.consented = true; go(ways[state.way][0]); });
if (glassesHints[data.look]) $("glasses-hint").textContent = glassesHints[data.look];
for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", () => history.back());
$("open-camera").addEventListener("click", () => go("capture"));

// The camera: one at a time, in the stage of the step.
function stopCamera() {
  state.opening = null;
  state.socket?.stop();
  state.camera?.stop();
  Object.assign(state, {socket: null, camera: null});
}

async function withCamera(stage, socketOf) {
  const token = state.opening = {}, video = stage.querySelector("video");
  try {
    const camera = await openCamera(video, {onLost: () => cameraFailed(t("The camera went away. Plug it in again, then open it."))});
    if (state.opening !== token) return camera.stop();
    state.camera = camera;
    const socket = await socketOf(video);
    if (state.opening !== token) return socket?.stop();
    state.socket = socket;
  } catch (error) {
    if (error instanceof CameraProblem) return cameraFailed(error.message);
    if (!(error instanceof ApiProblem)) throw error;
    complain(error);
    go(error.status === 409 && !data.person ? "who" : "ready", {replace: true});
  }
}

function cameraFailed(message) {
  $("camera-problem").hidden = false;
  $("camera-problem").querySelector("p").textContent = message;
  say(message);
  go("ready", {replace: true});
}

// Capture.
const ring = new Ring(document.querySelector("#capture-stage .enrol-ring"));
const arrow = document.querySelector(".enrol-arrow");
const still = () => $("still").checked;

async function begun() {
  if (state.enrolment) return state.enrolment;
  const whom = data.invited ? {invited: true} : state.person ? {person: state.person} : {name: state.name};
  return keep(await api("POST", "/enrolments", {...whom, consent: data.consent, look: data.look, still: still()}));
}

function keep(enrolment) {
  state.enrolment = enrolment;
  sessionStorage.setItem(kept, JSON.stringify({id: enrolment.id, page: location.pathname + location.search}));
  return enrolment;
}

function startCapture() {
  $("camera-problem").hidden = true;
  $("cannot").hidden = still();
  tell("look_here", "ask");
  ring.show({progress: {straight: 0}, wanted: "straight", holding: 0});
  withCamera($("capture-stage"), async (video) => {
    const {id, frames} = await begun();
    $("enough").hidden = frames.length < 3;
    return new FrameSocket(`/api/v1/enrolments/${id}/camera`, {video, fps: 6, quality: .85, onMessage: guided, onState: lost}).start();
  });
}

function guided(guidance) {
  if (!state.socket || guidance.problem) return;
  ring.show(guidance);
  tell(guidance.instruction, guidance.tone);
  $("capture-stage").dataset.tone = guidance.tone;
  if (guidance.captured) {
    state.enrolment.frames.push({id: guidance.captured});
    navigator.vibrate?.(60);
  }
  if (guidance.instruction === "another_person") state.enrolment.frames = [];
  const count = state.enrolment.frames.length;
  $("count").textContent = count ? t("{n} taken", {n: count}) : "";
  $("enough").hidden = count < 3;
  if (guidance.done) {
    state.socket.paused = true;
    setTimeout(() => { if (step() === "capture") go("review"); }, 900);
  }
}

async function lost(how, event) {
  if (how === "open") return;
  if (event?.code !== 4404) return tell(null, "warn", t("Connecting again"));
  // The server started again, or much time passed: nothing was saved, and the pictures are taken again.
  state.socket?.stop();
  state.enrolment = null;
  toast(t("The server began anew, and nothing was saved: the pictures are taken again."));
  if (step() === "capture") { stopCamera(); startCapture(); }
}

function tell(instruction, tone, words = instructions[instruction]) {
  const box = $("instruction");
  box.dataset.tone = tone;
  const to = ["left", "right", "up", "down"].includes(instruction) ? instruction : "";
  if (to) arrow.dataset.to = to;
  else if (instruction !== "more") delete arrow.dataset.to;
  if (to && arrow.dataset.drawn !== to) { arrow.replaceChildren(icon(to)); arrow.dataset.drawn = to; }
  if (box.textContent === words) return;
  box.textContent = words;
  say(words);
  speak(words);
}

const speak = initVoice($("voice"), () => $("instruction").textContent);

$("cannot").addEventListener("click", async () => {
  $("still").checked = true;
  $("cannot").hidden = true;
  if (state.enrolment) await newRound(data.look);
});
$("enough").addEventListener("click", () => go("review"));

async function newRound(look) {
  try {
    keep(await api("POST", `/enrolments/${state.enrolment.id}/looks`, {look, still: still()}));
    return true;
  } catch (error) {
    complain(error);
    if (error.status === 404) forget();
    return false;
  }
}

function forget() {
  state.enrolment = null;
  sessionStorage.removeItem(kept);
  go("ready", {replace: true});
}

// Look them over.
async function showReview() {
  try {
    keep(await api("GET", `/enrolments/${state.enrolment.id}`));
    drawShots();
  } catch (error) {
    complain(error);
    forget();
  }
}

function drawShots() {
  const {frames, progress} = state.enrolment;
  if (!frames.length) return go("capture", {replace: true});
  $("shots").replaceChildren(...frames.map((frame, index) => shot(frame, index + 1)));
  const missing = progress.filter(({part}) => part < 1);
  $("more-looks").querySelector("[data-look=same]").hidden = !missing.length;
  $("save").disabled = frames.length < 3;
}

function shot({id, direction, look}, n) {
  const item = document.createElement("li");
  const name = [directions[direction], looks[look]].filter(Boolean).join(", ");
  const picture = Object.assign(document.createElement("img"), {src: `/api/v1/enrolments/${state.enrolment.id}/frames/${id}/thumbnail`, alt: t("Picture {n}", {n}), loading: "lazy"});
  const out = Object.assign(document.createElement("button"), {type: "button", className: "square"});
  out.setAttribute("aria-label", t("Take out picture {n}: {name}", {n, name}));
  out.append(icon("trash"));
  out.addEventListener("click", async () => {
    try {
      keep(await api("DELETE", `/enrolments/${state.enrolment.id}/frames/${id}`));
      say(t("Taken out"));
      drawShots();
      $("shots").querySelector("button")?.focus();
    } catch (error) { complain(error); }
  });
  item.append(picture, Object.assign(document.createElement("p"), {textContent: name}), out);
  return item;
}

$("more-looks").addEventListener("click", async ({target}) => {
  const look = target.closest("button")?.dataset.look;
  if (!look) return;
  if (look !== "same") {
    const sure = await ask({title: looks[look], text: glassesHints[look], confirm: t("Ready")});
    if (!sure || !await newRound(look)) return;
  }
  go("capture");
});

$("give-up").addEventListener("click", async () => {
  if (!await ask({title: t("Give up?"), text: t("All pictures of this enrolment are thrown away."), confirm: t("Give up"), danger: true})) return;
  await api("DELETE", `/enrolments/${state.enrolment.id}`).catch(() => {});
  sessionStorage.removeItem(kept);
  location.assign(data.invited ? location.pathname : data.person ? `/people/${data.person}` : "/people");
});

$("save").addEventListener("click", async () => {
  $("save").disabled = true;
  try {
    const decision = await decided(await api("GET", `/enrolments/${state.enrolment.id}/check`));
    if (decision) await save(decision);
  } catch (error) {
    if (data.invited && error.status === 0) return toast(t("The answer got lost. Open the link again: if it says that it was used, you are enrolled."), {seconds: 20});
    complain(error);
    if (error.status === 404) forget();
  } finally {
    $("save").disabled = false;
  }
});

async function save(decision) {
  const saved = await api("POST", `/enrolments/${state.enrolment.id}/finish`, decision);
  sessionStorage.removeItem(kept);
  finished(saved.person.id, saved.person.name);
  go("try", {replace: true});
}

/** What to save by, once whoever enrols has answered; null where nothing is saved. */
async function decided({result, person}) {
  if (result === "clear") return {};
  if (result === "ask") {
    await ask({title: t("Please ask those who run this site"), text: t("These pictures need a look by them before they can be saved. Nothing was saved."), confirm: t("OK")});
    return null;
  }
  if (result === "unlike") {
    const sure = await ask({title: t("Is this {name}?", {name: state.name}), text: t("The face is not like the pictures that are there. Save it only if you know that it is the right person."), confirm: t("Yes, save"), danger: true});
    return sure ? {confirmed: true} : null;
  }
  return alike(person);
}

function alike(person) {
  const dialog = $("alike");
  $("alike-title").textContent = t("Looks like {name}", {name: person.name});
  $("alike-text").textContent = t("This face is enrolled already. If it is {name}, the pictures are added to what is there. If it is somebody else, the doors may take one for the other.", {name: person.name});
  $("alike-same").textContent = t("It is {name}: add", {name: person.name});
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve({same: {person: person.id}, other: {confirmed: true}}[dialog.returnValue] ?? null), {once: true});
  });
}

function finished(id, name) {
  Object.assign(state, {finished: true, person: id, name});
  if (!data.invited) $("to-person").href = `/people/${id}`;
  for (const link of document.querySelectorAll("#further a")) link.href = `/enrol?person=${id}&look=${link.dataset.look}`;
  $("done-text").textContent = data.invited ? t("You are enrolled. The doors know you from now on.") : t("{name} is enrolled. The doors know them from now on, where the rules allow it.", {name});
}

// Try it now.
const trialRing = new Ring(document.querySelector("#try-stage .enrol-ring"));

function startTrial() {
  verdict(instructions.look_here, "ask");
  $("try-again").hidden = true;
  trialRing.show({progress: {straight: 0}, wanted: null, holding: 0});
  delete $("try-stage").dataset.answer;
  withCamera($("try-stage"), (video) => new FrameSocket(`/api/v1/enrolments/${state.enrolment.id}/trial`, {video, fps: 6, onMessage: tried, onState: (how, event) => { if (event?.code === 4404) go("done", {replace: true}); }}).start());
}

function tried({accepted, instruction, problem}) {
  if (!state.socket || problem || state.socket.paused) return;
  if (accepted === null) return verdict(instructions[instruction], "ask");
  state.socket.paused = true;
  $("try-stage").dataset.answer = accepted ? "yes" : "no";
  trialRing.show({progress: {straight: accepted ? 1 : 0}, wanted: null, holding: 0});
  verdict(accepted ? t("Recognised") : t("Not recognised"), accepted ? "good" : "bad", accepted ? "check" : "cross");
  $("verdict-help").textContent = accepted ? "" : t("Try again in better light. If it stays so, add pictures in the light that is at the door.");
  $("try-again").hidden = false;
}

function verdict(words, tone, symbol) {
  const box = $("verdict");
  box.dataset.tone = tone;
  $("verdict-help").textContent = "";
  if (box.textContent === words) return;
  box.replaceChildren(...(symbol ? [icon(symbol)] : []), words);
  say(words);
}

$("try-again").addEventListener("click", () => { stopCamera(); startTrial(); });
$("finish").addEventListener("click", () => go("done"));

// Without this camera.
async function personOf() {
  if (!state.person) state.person = (await api("POST", "/people", {name: state.name})).id;
  return state.person;
}

initUpload({personOf, consent: data.consent, onDone: () => { finished(state.person, state.name); go("done"); }});

const invite = initLink({personOf, onFailed: () => go(first, {replace: true})});

// A page that is loaded again goes on where it was, if the server still knows.
async function resume() {
  const before = JSON.parse(sessionStorage.getItem(kept) ?? "null");
  if (before && before.page === location.pathname + location.search) {
    try {
      const enrolment = await api("GET", `/enrolments/${before.id}`);
      Object.assign(state, {enrolment, name: enrolment.name, consented: true});
      $("agree").checked = true;
      $("agreed").disabled = false;
      $("still").checked = enrolment.still;
      $("whom").hidden = false;
      $("whom").lastElementChild.textContent = enrolment.name;
      $("name").value = data.person ? "" : enrolment.name;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      sessionStorage.removeItem(kept);
      if (location.hash) toast(t("Nothing of the enrolment was saved: begin again."));
    }
  }
  addEventListener("hashchange", show);
  addEventListener("pagehide", stopCamera);
  show();
}

resume();
