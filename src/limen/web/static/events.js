// The timeline: filters in the address, older events on demand, new ones live.
import {say, stream, t} from "./app.js";
import {closable, formatDays, showDetails} from "./event_actions.js";
import {peoplePicker} from "./people_picker.js";

const rows = document.querySelector("#rows"), dialog = document.querySelector("#details"), content = document.querySelector("#details-content");
const query = new URLSearchParams(rows.dataset.query), fresh = document.querySelector("#new"), live = document.querySelector("#live");
let newest = Number(rows.dataset.newest), waiting = new Set(), loading = false, again = false;

formatDays(rows);
closable(dialog);
filters();
exporting();

async function fragment(parameters) {
  const asked = new URLSearchParams(query);
  for (const [name, value] of Object.entries(parameters)) asked.set(name, value);
  const response = await fetch(`/events/rows?${asked}`, {headers: {Accept: "text/html"}});
  if (!response.ok) throw new Error(String(response.status));
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return holder.content;
}

/** Put days into the timeline, above or below what is there; days that are there already are joined. */
function join(days, above) {
  for (const day of above ? [...days].reverse() : days) {
    for (const item of day.querySelectorAll("li")) if (rows.querySelector(`li[data-sequence="${item.dataset.sequence}"]`)) item.remove();
    const list = day.querySelector("ol"), old = rows.querySelector(`section[data-day="${day.dataset.day}"] ol`);
    if (!list.children.length) continue;
    if (old) old[above ? "prepend" : "append"](...list.children);
    else if (above) rows.prepend(day);
    else rows.append(day);
  }
  formatDays(rows);
  if (rows.querySelector("li")) document.querySelector("#nothing").hidden = true;
}

rows.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const older = event.target.closest("a[data-after]"), row = event.target.closest("a.event");
  if (older) {
    event.preventDefault();
    older.setAttribute("aria-busy", "true");
    try {
      const found = await fragment({after: older.dataset.after});
      const next = found.querySelector(".event-older"), first = found.querySelector("a.event");
      older.parentElement.remove();
      join(found.querySelectorAll("section"), false);
      if (next) rows.append(next);
      first?.focus({preventScroll: true});
    } catch { location.assign(older.href); }
  } else if (row) {
    event.preventDefault();
    const {sequence} = row.parentElement.dataset;
    if (await showDetails(content, sequence, refresh)) dialog.showModal();
  }
});

/** Load one event's row anew. */
async function refresh(sequence) {
  const old = rows.querySelector(`li[data-sequence="${sequence}"]`);
  if (!old) return;
  const found = await fragment({after: String(Number(sequence) + 1)}).catch(() => null);
  const item = found?.querySelector(`li[data-sequence="${sequence}"]`);
  if (item) { old.replaceWith(item); formatDays(item); }
}
addEventListener("limen:event", (event) => refresh(event.detail));

function atTop() { return scrollY < 120; }

async function load() {
  if (loading) { again = true; return; }
  loading = true;
  try {
    const found = await fragment({newer: String(newest)});
    for (const item of found.querySelectorAll("li")) newest = Math.max(newest, Number(item.dataset.sequence));
    join(found.querySelectorAll("section"), true);
    waiting = new Set([...waiting].filter((sequence) => sequence > newest));
  } catch { /* The next event asks again. */ }
  loading = false;
  tell();
  if (again) { again = false; load(); }
}

function tell() {
  fresh.hidden = waiting.size === 0 || atTop();
  const text = waiting.size === 1 ? t("1 new event") : t("{n} new events", {n: waiting.size});
  fresh.querySelector("span").textContent = text;
  if (!fresh.hidden) say(text);
}

fresh.querySelector("button").addEventListener("click", async () => {
  scrollTo({top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
  await load();
  rows.querySelector("a.event")?.focus({preventScroll: true});
});
addEventListener("scroll", () => { if (waiting.size && atTop()) load(); }, {passive: true});

if (!rows.dataset.later) {
  let timer;
  const kinds = new Set(["door", "person", "reason", "label", "picture", "from", "to", "show"].filter((name) => query.get(name)));
  stream((event) => {
    if (event.sequence <= newest || !fits(event, kinds)) return;
    waiting.add(event.sequence);
    clearTimeout(timer);
    if (atTop() && !dialog.open) timer = setTimeout(load, 200);
    else tell();
  }, {onState: (heard) => {
    live.hidden = false;
    live.dataset.tone = heard ? "good" : "warn";
    live.textContent = heard ? t("Live") : t("Not live: trying again");
    if (heard) load();
  }});
  dialog.addEventListener("close", () => { if (waiting.size && atTop()) load(); });
}

/** Whether a new event may be among those that are shown; the server decides. */
function fits(event, kinds) {
  return (!kinds.has("door") || event.door === query.get("door"))
    && (!kinds.has("person") || event.person?.id === query.get("person"))
    && (!kinds.has("reason") || event.reason === query.get("reason"))
    && (!kinds.has("show") || shows[query.get("show")]?.(event))
    && (!kinds.has("label") || query.get("label") === "none");
}

const shows = {
  visits: ({topic}) => topic === "access",
  denied: ({type}) => type === "access.denied",
  alarms: ({topic}) => topic === "alarm",
  doors: ({topic}) => topic === "door",
  devices: ({topic}) => topic === "device",
  admin: ({topic}) => ["people", "rules", "accounts", "system"].includes(topic),
};

function filters() {
  const form = document.querySelector("#filters");
  const go = () => {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    location.assign(asked.size ? `/events?${asked}` : "/events");
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
  // Dates are typed in parts, so they wait for the button.
  form.addEventListener("change", (event) => { if (event.target.matches("select, [type=checkbox]")) go(); });
  const host = document.querySelector("#person-filter"), field = form.elements.namedItem("person");
  if (!host) return;
  const picker = peoplePicker(host, {id: "person-search", onChoose: (option) => {
    if (option) { field.value = option.id; go(); }
  }});
  picker.set(field.dataset.name ? {name: field.dataset.name} : null);
  picker.input.placeholder = t("Everybody");
  picker.input.addEventListener("change", () => { if (!picker.input.value && field.value) { field.value = ""; go(); } });
}

function exporting() {
  const box = document.querySelector("#export"), form = box?.querySelector("form");
  if (!box) return;
  closable(box);
  document.querySelector("#export-open").addEventListener("click", () => box.showModal());
  form.querySelector("#without-names").addEventListener("change", (event) => { form.elements.namedItem("names").value = String(!event.target.checked); });
  form.addEventListener("submit", () => { box.close(); say(t("The file is being written.")); });
}
