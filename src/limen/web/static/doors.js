// The dashboard: every door as it stands, kept so by the stream of events.
import {api, ask, complain, icon, pageData, say, stream, t} from "./app.js";
import {DoorCard, later, liveSign, watchPictures} from "./doors_card.js";

const data = pageData();
const cards = new Map([...document.querySelectorAll("article[data-door]")].map((root) => [root.dataset.door, new DoorCard(root, refreshOne)]));
for (const door of data.doors) cards.get(door.name)?.show(door);

async function refreshOne(name) {
  try {
    cards.get(name)?.show(await api("GET", `/doors/${encodeURIComponent(name)}`));
    toggleAll();
  } catch (error) {
    if (error.status === 404) location.reload();
  }
}

async function refreshAll() {
  let found;
  try {
    found = await api("GET", "/doors");
  } catch {
    return; // It is asked again with the next event, or in a minute.
  }
  showAll(found);
}

function showAll(found) {
  const names = found.items.map((door) => door.name).join("\n");
  if (names !== [...cards.keys()].join("\n")) { location.reload(); return; }
  for (const door of found.items) cards.get(door.name).show(door);
  showWarnings(found.warnings);
  toggleAll();
}

function showWarnings(warnings) {
  const box = document.querySelector("#warnings");
  box.hidden = warnings.length === 0;
  if (box.hidden) return;
  document.querySelector("#warnings-count").textContent = warnings.length === 1 ? t("One hint") : t("{n} hints", {n: warnings.length});
  document.querySelector("#warnings-first").textContent = warnings[0].words;
  box.querySelector("ul").replaceChildren(...warnings.map((one) => {
    const item = Object.assign(document.createElement("li"), {className: "notice"});
    item.dataset.tone = one.tone;
    const link = Object.assign(document.createElement("a"), {href: one.path, textContent: one.action});
    item.append(icon(one.tone === "warn" ? "warning" : "info"), Object.assign(document.createElement("p"), {textContent: one.words}), link);
    return item;
  }));
}

const lockAll = document.querySelector("#lock-all");
const endAll = document.querySelector("#end-all");

function toggleAll() {
  const shut = [...cards.values()].filter((card) => card.door?.mode === "lockdown").length;
  if (endAll) endAll.hidden = shut === 0;
  if (lockAll) lockAll.hidden = shut === cards.size;
}

lockAll?.addEventListener("click", async () => {
  const sure = await ask({title: t("Lock all doors down?"), text: t("For an hour nobody is let in at any door, whoever they are. The ways out stay free."), confirm: t("Lock all down"), danger: true});
  if (!sure) return;
  try { showAll(await api("POST", "/doors/lockdown", {minutes: 60})); say(t("All doors are locked down.")); } catch (error) { complain(error); }
});
endAll?.addEventListener("click", async () => {
  try { showAll(await api("DELETE", "/doors/lockdown")); say(t("No door is locked down any more.")); } catch (error) { complain(error); }
});

const soonAll = later(refreshAll, 800);
const soonOne = new Map([...cards.keys()].map((name) => [name, later(() => refreshOne(name), 120)]));
if (cards.size) {
  toggleAll();
  stream((event) => {
    soonOne.get(event.door)?.();
    if (!event.door || event.type === "settings.changed") soonAll();
    if (event.topic === "alarm") say(`${event.door}: ${event.words}`);
  }, {onState: liveSign(refreshAll)});
  setInterval(refreshAll, 60000);
  if (data.watch) watchPictures([...cards.values()]);
}
