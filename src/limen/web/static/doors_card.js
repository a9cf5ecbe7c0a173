// One door on a page: shows how it stands, and tells it what to do.
import {api, ask, complain, icon, relativeTimes, say, t, toast} from "./app.js";

const icons = {locked: "lock", unlocked: "unlock", kept_open: "unlock", locked_down: "shield", fault: "warning", offline: "offline"};
const HOLD_MS = 800;
const PICTURE_MS = 2000;

/** Calls `todo` once, `wait` ms after the first of many calls. */
export function later(todo, wait) {
  let timer;
  return () => { timer ??= setTimeout(() => { timer = undefined; todo(); }, wait); };
}

/** The sign that says whether events are heard; after a loss `again` is called. */
export function liveSign(again) {
  const sign = document.querySelector("#live");
  let lost = false;
  return (heard) => {
    sign.dataset.tone = heard ? "good" : "warn";
    sign.lastElementChild.textContent = heard ? t("Live") : t("Reconnecting");
    if (heard && lost) again();
    lost = !heard;
  };
}

/** What stands for an event. */
export function eventIcon(event) {
  if (event.topic === "access") return event.tone === "good" ? "check" : "cross";
  return {alarm: "warning", door: "door", device: "health", people: "user", rules: "rules", accounts: "key"}[event.topic] ?? "info";
}

export class DoorCard {
  /** `changed(name)` is called where the door should be asked again. */
  constructor(root, changed) {
    this.root = root;
    this.name = root.dataset.door;
    this.changed = changed;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-is]")].map((part) => [part.dataset.is, part]));
    for (const button of root.querySelectorAll("[data-do]")) {
      if (button.dataset.do === "open") this.hold(button);
      else button.addEventListener("click", () => this.act(button.dataset.do, Number(button.dataset.minutes)));
    }
    setInterval(() => this.countDown(), 1000);
  }

  /** Show the door as the API tells it. */
  show(door) {
    const {parts} = this;
    const before = this.door;
    this.door = door;
    if (!before || before.state !== door.state || before.words !== door.words) {
      parts.state.dataset.tone = door.tone;
      parts.sign.replaceChildren(icon(icons[door.state]));
      parts.words.textContent = door.words;
      if (before) say(`${door.name}: ${door.words}`);
    }
    if (parts.picture) parts.picture.hidden = !door.running;
    parts.why.hidden = !door.why;
    parts.why.textContent = door.why ?? "";
    for (const what of ["granted", "denied", "alarms"]) parts[what].textContent = door.today[what];
    parts["alarm-box"].className = door.today.alarms ? "on" : "";
    this.showLast(door.last, before);
    this.showActions(door);
    this.countDown();
  }

  showLast(event, before) {
    const {parts} = this;
    if (!parts.last || !event || before?.last?.sequence === event.sequence) return;
    parts.last.dataset.tone = event.tone;
    parts["last-icon"].replaceChildren(icon(eventIcon(event)));
    parts["last-words"].textContent = event.words;
    parts["last-why"].textContent = event.tone === "good" ? "" : event.why ?? "";
    parts["last-at"].replaceChildren(Object.assign(document.createElement("time"), {dateTime: event.at}));
    relativeTimes(parts["last-at"]);
    if (before) freshen(parts.last);
  }

  showActions(door) {
    const {parts} = this;
    const open = this.root.querySelector("[data-do=open]");
    if (!open) return;
    open.disabled = door.refusal !== null;
    open.title = door.refusal ?? "";
    this.root.querySelector("[data-do=lockdown]").hidden = door.mode === "lockdown";
    parts.keep.hidden = door.mode !== null;
    parts.mode.hidden = door.mode === null;
    parts.mode.dataset.tone = door.mode === "lockdown" ? "bad" : "warn";
    parts.end.textContent = door.mode === "lockdown" ? t("End lockdown") : t("Close again");
  }

  countDown() {
    const left = this.parts.left;
    if (!left || !this.door?.until) return;
    const seconds = Math.round((new Date(this.door.until) - Date.now()) / 1000);
    left.textContent = clock(Math.max(seconds, 0));
    if (seconds === -1) this.changed(this.name);
  }

  async act(what, minutes) {
    const path = `/doors/${encodeURIComponent(this.name)}`;
    try {
      if (what === "end") this.show(await api("DELETE", `${path}/mode`));
      else if (what === "believe") this.show(await api("POST", `${path}/believe-clock`));
      else if (what === "keep_open") this.show(await api("PUT", `${path}/mode`, {mode: "keep_open", minutes}));
      else if (await this.sure()) this.show(await api("PUT", `${path}/mode`, {mode: "lockdown", minutes: 60}));
    } catch (error) {
      complain(error);
    }
    this.changed(this.name);
  }

  sure() {
    return ask({title: t("Lock {door} down?", {door: this.name}), text: t("For an hour nobody is let in here, whoever they are. The way out stays free."), confirm: t("Lock down"), danger: true});
  }

  /** Open by holding the button, with the pointer or a key; a click alone, as screen readers make it, asks first. */
  hold(button) {
    let timer, held = false, opened = false;
    const begin = () => {
      if (button.disabled || timer) return;
      [held, opened] = [true, false];
      button.classList.add("holding");
      timer = setTimeout(() => { opened = true; end(); this.open(button); }, HOLD_MS);
    };
    const end = () => { clearTimeout(timer); timer = undefined; button.classList.remove("holding"); };
    const released = () => { end(); if (held && !opened) this.hint(); held = false; };
    button.addEventListener("pointerdown", (event) => { if (event.button === 0) begin(); });
    for (const name of ["pointerleave", "pointercancel", "blur"]) button.addEventListener(name, end);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) begin();
    });
    button.addEventListener("keyup", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      released();
    });
    button.addEventListener("click", async () => {
      if (held) { released(); return; }
      if (await ask({title: t("Open {door}?", {door: this.name}), confirm: t("Open the door")})) this.open(button);
    });
  }

  hint() {
    toast(t("Hold the button until it is full."));
  }

  async open(button) {
    try {
      const answer = await api("POST", `/doors/${encodeURIComponent(this.name)}/open`);
      button.classList.add("done");
      this.parts["hold-words"].textContent = answer.words;
      say(answer.words);
      setTimeout(() => { button.classList.remove("done"); this.parts["hold-words"].textContent = t("Hold to open"); }, 3000);
    } catch (error) {
      complain(error);
    }
    this.changed(this.name);
  }
}

/** Show a moment long that something is new. */
export function freshen(element) {
  element.classList.remove("fresh");
  void element.offsetWidth;
  element.classList.add("fresh");
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Keep the small pictures of doors fresh, while anybody can see them. */
export function watchPictures(cards) {
  for (const card of cards.filter((one) => one.parts.picture)) {
    const image = card.parts.picture.querySelector("img");
    const blind = card.parts.picture.querySelector(".door-blind");
    let url, seen = true;
    new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; }).observe(card.parts.picture);
    const look = async () => {
      const blob = document.hidden || !seen || !card.door?.running ? undefined : await picture(card.name);
      if (blob !== undefined) {
        if (url) URL.revokeObjectURL(url);
        url = blob ? URL.createObjectURL(blob) : undefined;
        if (url) image.src = url;
      }
      if (!card.door?.running || blob === null) url = undefined;
      image.hidden = !url;
      blind.hidden = Boolean(url);
      setTimeout(look, PICTURE_MS);
    };
    look();
  }
}

async function picture(name) {
  try {
    const response = await fetch(`/api/v1/doors/${encodeURIComponent(name)}/picture`);
    return response.status === 200 ? await response.blob() : null;
  } catch {
    return null;
  }
}
