// The slider that says what an error rate means, and photos to try it on.
import {api, complain, icon, pageData, t, toast, upload} from "./app.js";

const shown = pageData();
const form = document.querySelector("#rates");
const rate = document.querySelector("#rate");
const strangers = document.querySelector("#strangers");
const use = form.querySelector("[type=submit]");
const start = shown.choices.findIndex((one) => one.fpir === shown.chosen.fpir);
let choices = shown.choices;

function percent(part) {
  return new Intl.NumberFormat(document.documentElement.lang, {style: "percent", maximumFractionDigits: 1}).format(part);
}

function tell() {
  const one = choices[rate.valueAsNumber];
  document.querySelector("#one-in").textContent = one.one_in;
  document.querySelector("#every").textContent = one.false_entry_every;
  document.querySelector("#fnmr").textContent = one.fnmr === null ? t("not enough data") : percent(one.fnmr);
  document.querySelector("#threshold").textContent = one.threshold.toFixed(3);
  document.querySelector("#fitted").hidden = !one.fitted;
  rate.setAttribute("aria-valuetext", `${one.one_in}, ${one.false_entry_every}`);
  if (use) use.disabled = rate.valueAsNumber === start;
  move(one);
}

function move(one) {
  const {left, right, top, bottom, highest} = Object.fromEntries(Object.entries(document.querySelector("#curve").dataset).map(([name, value]) => [name, Number(value)]));
  const [low, high] = [choices[0].fpir, choices.at(-1).fpir];
  const x = left + Math.log(one.fpir / low) / Math.log(high / low) * (right - left);
  const now = document.querySelector("#now"), point = document.querySelector("#point");
  now.setAttribute("x1", x);
  now.setAttribute("x2", x);
  if (!point) return;
  point.toggleAttribute("hidden", one.fnmr === null);
  point.setAttribute("cx", x);
  point.setAttribute("cy", bottom - (one.fnmr ?? 0) / highest * (bottom - top));
}

async function choose(fpir) {
  try {
    await api("PUT", `/accuracy/doors/${form.dataset.door}`, {fpir, fmr: shown.fmr_own ? shown.fmr : null});
    toast(t("The door starts again with this rate."));
    setTimeout(() => location.reload(), 600);
  } catch (error) { complain(error); }
}

rate.value = String(start);
tell();
rate.addEventListener("input", tell);
form.addEventListener("submit", (event) => { event.preventDefault(); choose(choices[rate.valueAsNumber].fpir); });
document.querySelector("#default")?.addEventListener("click", () => choose(null));
strangers.addEventListener("change", async () => {
  if (!strangers.reportValidity() || !strangers.value) return;
  try {
    choices = (await api("GET", `/accuracy/doors/${form.dataset.door}?strangers_a_day=${strangers.valueAsNumber}`)).choices;
    tell();
  } catch (error) { complain(error); }
});

const drop = document.querySelector("#drop"), photos = document.querySelector("#photos");
photos.addEventListener("change", () => tryAll(photos.files));
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.toggle("over", kind === "dragover"); });
}
drop.addEventListener("drop", (event) => tryAll(event.dataTransfer.files));

async function tryAll(files) {
  for (const file of [...files].slice(0, 50)) await tryOne(file);
  photos.value = "";
}

async function tryOne(file) {
  const item = document.createElement("li");
  const seen = Object.assign(document.createElement("div"), {className: "seen"});
  const told = Object.assign(document.createElement("div"), {className: "told"});
  const picture = Object.assign(document.createElement("img"), {src: URL.createObjectURL(file), alt: file.name});
  seen.append(picture);
  told.append(Object.assign(document.createElement("p"), {textContent: t("Looking…")}));
  item.append(seen, told);
  document.querySelector("#tried").prepend(item);
  try {
    const tried = await upload("POST", `/accuracy/doors/${form.dataset.door}/try`, file);
    told.replaceChildren(...words(tried, file.name));
    for (const face of tried.faces) seen.append(box(face));
  } catch (error) {
    told.replaceChildren(Object.assign(document.createElement("p"), {textContent: error.detail ?? String(error)}));
  }
}

function words(tried, name) {
  const open = tried.state === "unlocked";
  const badge = Object.assign(document.createElement("span"), {className: "badge"});
  badge.dataset.tone = open ? "good" : "bad";
  badge.append(icon(open ? "unlock" : "lock"), open ? t("Unlocked") : t("Locked"));
  const head = Object.assign(document.createElement("p"), {className: "row"});
  head.append(badge, Object.assign(document.createElement("strong"), {textContent: tried.headline}));
  const list = document.createElement("ul");
  for (const why of [tried.why, ...tried.faces.flatMap((face) => [...face.why, ...face.remarks])].filter(Boolean)) {
    list.append(Object.assign(document.createElement("li"), {textContent: why}));
  }
  return [head, list, Object.assign(document.createElement("p"), {className: "small", textContent: name})];
}

function box(face) {
  const [left, top, width, height] = face.box.map((part) => `${part * 100}%`);
  const frame = Object.assign(document.createElement("span"), {className: "face"});
  frame.dataset.outcome = face.outcome;
  Object.assign(frame.style, {left, top, width, height});
  return frame;
}
