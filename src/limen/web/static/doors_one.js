// The page of one door: its picture with what is made of it, what happens, and what it can be told to do.
import {api, icon, pageData, relativeTimes, say, stream, t} from "./app.js";
import {DoorCard, eventIcon, freshen, later, liveSign} from "./doors_card.js";

const data = pageData();
const name = data.doors[0].name;
const path = `/doors/${encodeURIComponent(name)}`;
const card = new DoorCard(document.querySelector("section[data-door]"), refresh);
const LOOK_MS = 220;
const REMEMBER_MS = 5000;
const MOST = 60;
const QUIET = ["door.locked", "door.unlocked", "door.opened", "door.closed"];
let partsShown = JSON.stringify(data.doors[0].parts);
card.show(data.doors[0]);

async function refresh() {
  try {
    const door = await api("GET", path);
    card.show(door);
    showParts(door.parts);
  } catch (error) {
    if (error.status === 404) location.assign("/");
  }
}

function showParts(parts) {
  const now = JSON.stringify(parts);
  if (now === partsShown) return;
  partsShown = now;
  const icons = {good: "check", bad: "warning", unknown: "info", none: "minus"};
  document.querySelector("#parts").replaceChildren(...parts.map((part) => {
    const item = document.createElement("li");
    item.dataset.health = part.health;
    item.append(icon(icons[part.health]), make("span", {textContent: part.words}));
    if (part.part === "clock" && part.health === "bad" && data.operate) item.append(believe());
    return item;
  }));
}

function believe() {
  const button = make("button", {type: "button", className: "push", textContent: t("It is right")});
  button.addEventListener("click", () => card.act("believe"));
  return button;
}
for (const button of document.querySelectorAll("#parts [data-do=believe]")) button.addEventListener("click", () => card.act("believe"));

function make(tag, values, ...children) {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
}

// What happened.
const timeline = document.querySelector("#timeline");

function happened(event) {
  if (!timeline || QUIET.includes(event.type) || timeline.querySelector(`[data-sequence="${event.sequence}"]`)) return;
  const words = make("a", {href: `/events/${event.sequence}`, textContent: event.words});
  const crop = event.has_crop ? [make("img", {src: `/api/v1/events/${event.sequence}/crop`, alt: "", width: 40, height: 40})] : [];
  const more = [event.why, event.detail, event.actor].filter(Boolean).join(" · ");
  const item = make("li", {},
    make("span", {className: "timeline-icon"}, ...crop, icon(eventIcon(event))),
    make("div", {}, make("p", {}, words), make("p", {className: "small", textContent: more})),
    make("span", {className: "small"}, make("time", {dateTime: event.at})));
  item.dataset.sequence = event.sequence;
  item.dataset.tone = event.tone;
  timeline.prepend(item);
  while (timeline.children.length > MOST) timeline.lastElementChild.remove();
  document.querySelector("#no-events").hidden = true;
  relativeTimes(item);
  freshen(item);
}

const soon = later(refresh, 120);
stream((event) => {
  if (event.door !== name && event.type !== "settings.changed") return;
  if (event.door === name) happened(event);
  if (event.topic === "alarm") say(event.words);
  soon();
}, {onState: liveSign(refresh)});
setInterval(refresh, 60000);

// What the camera shows.
const view = document.querySelector("#view");
if (view) {
  const image = document.querySelector("#frame");
  const blind = view.querySelector(".door-blind");
  let number = -1;

  const look = async () => {
    const began = performance.now();
    let wait = LOOK_MS;
    if (document.hidden) wait = 500;
    else {
      try {
        const found = await api("GET", `${path}/live?picture=true`);
        if (found.number !== number) show(found);
        number = found.number;
        if (!found.number) wait = 600;
      } catch {
        show({number: 0, faces: []});
        wait = 2000;
      }
    }
    setTimeout(look, Math.max(wait - (performance.now() - began), 30));
  };

  const show = (found) => {
    const there = Boolean(found.number);
    image.hidden = !there;
    blind.hidden = there;
    document.querySelector("#blind").textContent = card.door.running ? t("Waiting for a picture") : t("The door does not run");
    if (there) {
      view.style.aspectRatio = `${found.width} / ${found.height}`;
      image.src = `data:image/jpeg;base64,${found.jpeg}`;
    }
    const here = found.faces.map(remembered);
    document.querySelector("#boxes").replaceChildren(...here.map(box));
    const faces = document.querySelector("#faces");
    const rows = here.map(row);
    faces.replaceChildren(...(rows.length ? rows : [make("p", {className: "small", textContent: t("Nobody is in the picture.")})]));
  };

  // Who was decided about is not compared in every picture: what was seen of the same face before still tells who it is.
  const compared = new Map();
  const remembered = (face) => {
    const now = performance.now();
    if (face.ranked.length) compared.set(face.track, [face, now]);
    const [before, at] = compared.get(face.track) ?? [face, now];
    if (now - at > REMEMBER_MS) compared.delete(face.track);
    return face.ranked.length || face.flaws.length || now - at > REMEMBER_MS ? face : {...before, area: face.area, flaws: []};
  };

  const told = (face) => {
    if (face.flaws.length) return [face.flaws[0].words, "warn"];
    const best = face.ranked[0];
    if (face.person && best) return [face.ranked.find((one) => one.person === face.person)?.name ?? best.name, "good"];
    return [face.ranked.length ? t("Nobody known") : t("Followed"), "quiet"];
  };

  const box = (face) => {
    const [words, tone] = told(face);
    const element = make("div", {className: "face-box"}, make("span", {textContent: words}));
    element.dataset.tone = tone;
    for (const side of ["left", "top", "width", "height"]) element.style[side] = `${face.area[side] * 100}%`;
    return element;
  };

  const row = (face) => {
    const [words, tone] = told(face);
    const badge = make("span", {className: "badge", textContent: words});
    badge.dataset.tone = tone;
    const heading = make("h3", {}, badge);
    if (face.threshold !== null) heading.append(make("span", {className: "small", textContent: t("{n} is needed", {n: face.threshold.toFixed(2)})}));
    const flaws = face.flaws.map((flaw) => make("p", {className: "small", textContent: flaw.detail}));
    return make("div", {className: "face-row"}, heading, ...flaws, ...face.ranked.map((one) => rank(one, face.threshold)));
  };

  const rank = (one, threshold) => {
    const part = (value) => `${Math.min(Math.max(value, 0), 1) * 100}%`;
    const fill = document.createElement("i");
    const tick = document.createElement("b");
    fill.style.width = part(one.similarity);
    tick.style.left = part(threshold ?? 1);
    const bar = make("span", {className: "bar"}, fill, tick);
    bar.setAttribute("aria-hidden", "true");
    bar.dataset.tone = threshold !== null && one.similarity >= threshold ? "good" : "quiet";
    return make("div", {className: "rank"}, make("span", {textContent: one.name}), bar, make("span", {textContent: one.similarity.toFixed(2)}));
  };

  look();
}
