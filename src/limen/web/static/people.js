// Everybody: found while one types, changed many at once, imported from a table.
import {api, ask, complain, relativeTimes, say, t, toast, upload} from "./app.js";
import {boundary, carried, closable, keepForNext, tell} from "./people_parts.js";

const list = document.querySelector(".people");
const filters = document.querySelector("#filters");
const chosen = new Set();

carried();

/* Finding. */
let latest = 0;
if (filters) {
  const more = document.querySelector("#more");
  let timer;
  const query = () => {
    const asked = new URLSearchParams(new FormData(filters));
    asked.set("state", filters.querySelector(".chip[aria-pressed=true]")?.dataset.state ?? "");
    for (const [name, value] of [...asked]) if (!value || (name === "sort" && value === "name")) asked.delete(name);
    return asked;
  };
  const fetched = async (asked) => {
    const response = await fetch(`/people/part?${asked}`, {headers: {Accept: "text/html"}});
    if (response.status === 401 || response.redirected) location.reload();
    if (!response.ok) throw new Error(response.statusText);
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    return holder.content;
  };
  const settle = (total) => {
    const end = list.querySelector(".more");
    more.hidden = !end?.dataset.next;
    const nobody = !list.querySelector(".person");
    document.querySelector("#nobody").hidden = !nobody;
    list.hidden = nobody;
    relativeTimes(list);
    if (total) {
      const found = document.querySelector("#found"), number = Number(end.dataset.total);
      found.hidden = !query().toString();
      found.textContent = number === 1 ? t("1 person found") : t("{n} people found", {n: number});
    }
    for (const item of list.querySelectorAll(".person")) mark(item, chosen.has(item.dataset.id));
  };
  const find = async () => {
    const asked = query(), mine = ++latest;
    history.replaceState(null, "", asked.size ? `/people?${asked}` : "/people");
    try {
      const part = await fetched(asked);
      if (mine !== latest) return;
      list.replaceChildren(part);
      settle(true);
    } catch {
      if (mine === latest) toast(t("The server cannot be reached. Try again in a moment."));
    }
  };
  const showMore = async () => {
    const end = list.querySelector(".more"), asked = query(), mine = latest;
    if (!end?.dataset.next || more.disabled) return;
    asked.set("after", end.dataset.next);
    more.disabled = true;
    try {
      const part = await fetched(asked);
      if (mine === latest) { end.remove(); list.append(part); settle(false); }
    } catch {
      toast(t("The server cannot be reached. Try again in a moment."));
    }
    more.disabled = false;
  };
  filters.addEventListener("submit", (event) => { event.preventDefault(); find(); });
  filters.addEventListener("input", (event) => { clearTimeout(timer); timer = setTimeout(find, event.target.type === "search" ? 200 : 0); });
  for (const chip of filters.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      for (const other of filters.querySelectorAll(".chip")) other.setAttribute("aria-pressed", String(other === chip));
      find();
    });
  }
  document.querySelector("#clear").addEventListener("click", () => { location.assign("/people"); });
  more.addEventListener("click", showMore);
  // Where the next ones come into sight they are there already; the button stays for keyboards.
  new IntersectionObserver((seen) => { if (seen[0].isIntersecting && !more.hidden) showMore(); }, {rootMargin: "400px"}).observe(more);
  for (const button of filters.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => {
      list.dataset.view = button.dataset.view;
      document.cookie = `limen_people_view=${button.dataset.view}; path=/; max-age=31536000; samesite=lax`;
      for (const other of filters.querySelectorAll("[data-view]")) other.setAttribute("aria-pressed", String(other === button));
    });
  }
  settle(Boolean(query().toString()));
}

/* Many at once. */
const bulk = document.querySelector("#bulk");

function mark(item, on) {
  const box = item.querySelector(".choose input");
  if (!box) return;
  box.checked = on;
  item.classList.toggle("chosen", on);
}

function count() {
  bulk.hidden = chosen.size === 0;
  const text = chosen.size === 1 ? t("1 chosen") : t("{n} chosen", {n: chosen.size});
  document.querySelector("#chosen").textContent = text;
}

function choose(item, on) {
  mark(item, on);
  if (on) chosen.add(item.dataset.id); else chosen.delete(item.dataset.id);
}

const does = {
  all() { for (const item of list.querySelectorAll(".person")) choose(item, true); count(); },
  none() { chosen.clear(); for (const item of list.querySelectorAll(".person")) mark(item, false); count(); },
  enable: () => run({action: "enable"}, t("{n} enabled")),
  disable: () => run({action: "disable"}, t("{n} disabled"), bulk.querySelector("[data-bulk=enable]") && {action: "enable"}),
  async join() { const group = await whichGroup(t("Add to a group")); if (group) await run({action: "join", group}, t("{n} added to {group}", {group})); },
  async leave() { const group = await whichGroup(t("Take out of a group")); if (group) await run({action: "leave", group}, t("{n} taken out of {group}", {group})); },
  async remove() {
    const seconds = Number(list.dataset.undo), n = chosen.size;
    const title = n === 1 ? t("Delete this person?") : t("Delete {n} people?", {n});
    const text = t("They are let in nowhere from now on. For {time} this can be undone; then their photos, templates, cards and PINs are erased for good, in the backups too. Events stay, and no longer say who it was.", {time: duration(seconds)});
    if (await ask({title, text, confirm: t("Delete"), danger: true, type: n > 20 ? String(n) : undefined})) {
      await run({action: "remove"}, t("{n} deleted"), {action: "restore"}, seconds);
    }
  },
};

/** A length of time in words. */
function duration(seconds) {
  const [value, unit] = seconds % 3600 === 0 ? [seconds / 3600, "hour"] : seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"];
  return new Intl.NumberFormat(document.documentElement.lang, {style: "unit", unit, unitDisplay: "long"}).format(value);
}

/** Do it to all who are chosen, 500 at a time; then the page again, with what was done, and how to undo it. */
async function run(body, text, back, seconds) {
  const ids = [...chosen], done = [], refused = [];
  bulk.inert = true;
  try {
    for (let start = 0; start < ids.length; start += 500) {
      const answer = await api("POST", "/people/bulk", {...body, ids: ids.slice(start, start + 500)});
      for (const one of answer.results) (one.done ? done : refused).push(one);
    }
  } catch (error) {
    complain(error);
  }
  bulk.inert = false;
  if (!done.length && !refused.length) return;
  const failed = refused.length ? ` ${t("{n} could not be changed: {why}", {n: refused.length, why: refused[0].detail})}` : "";
  keepForNext({text: text.replace("{n}", done.length) + failed, undo: back && {...back, ids: done.map((one) => one.id)}, seconds: seconds ?? 10});
  location.reload();
}

function whichGroup(title) {
  const dialog = document.querySelector("#group-dialog");
  dialog.querySelector("h2").textContent = title;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? dialog.querySelector("select").value : null), {once: true});
  });
}

if (bulk && list) {
  let last = null;
  list.addEventListener("click", (event) => {
    const box = event.target.closest(".choose input");
    if (!box) return;
    const item = box.closest(".person"), all = [...list.querySelectorAll(".person")];
    const from = event.shiftKey && last?.isConnected ? all.indexOf(last) : all.indexOf(item);
    const [low, high] = [from, all.indexOf(item)].sort((a, b) => a - b);
    for (const one of all.slice(low, high + 1)) choose(one, box.checked);
    last = item;
    count();
  });
  bulk.addEventListener("click", (event) => does[event.target.closest("[data-bulk]")?.dataset.bulk]?.());
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !document.querySelector("dialog[open]")) does.none(); });
}

/* One more. */
const add = document.querySelector("#add-dialog");
if (add) {
  closable(add);
  const form = add.querySelector("form");
  const open = () => { form.reset(); tell(form, null); add.showModal(); form.elements.name.focus(); };
  document.querySelector("#add").addEventListener("click", open);
  document.querySelector("[data-does=add]")?.addEventListener("click", open);
  if (location.hash === "#add") open();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    try {
      const person = await api("POST", "/people", {
        name: given.get("name"), groups: given.getAll("groups"), faceless: given.has("faceless"),
        valid_from: boundary(given.get("valid_from"), 0), valid_until: boundary(given.get("valid_until"), 1),
      });
      location.assign(`/people/${person.id}`);
    } catch (error) { tell(form, error); }
  });
}

/* A table. */
const table = document.querySelector("#import-dialog");
if (table) {
  closable(table);
  const form = table.querySelector("form"), plan = table.querySelector("#plan"), go = form.querySelector("button.primary");
  const open = () => { form.reset(); plan.replaceChildren(); go.disabled = true; tell(form, null); table.showModal(); };
  document.querySelector("#import").addEventListener("click", open);
  document.querySelector("[data-does=import]")?.addEventListener("click", open);
  const send = (dry) => {
    const file = form.elements.table.files[0];
    return upload("POST", `/people/table?dry_run=${dry}`, new Blob([file], {type: "text/csv"}));
  };
  form.elements.table.addEventListener("change", async () => {
    plan.replaceChildren();
    go.disabled = true;
    tell(form, null);
    if (!form.elements.table.files.length) return;
    try {
      const found = await send(true);
      plan.append(...shownPlan(found));
      go.disabled = found.errors.length > 0 || !found.allowed || found.new + found.changed === 0;
    } catch (error) { tell(form, error); }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      const result = await send(false);
      if (!result.imported) { plan.replaceChildren(...shownPlan(result)); return; }
      keepForNext({text: t("{new} added, {changed} changed", result)});
      location.assign("/people");
    } catch (error) { tell(form, error); go.disabled = false; }
  });
}

function made(name, text, props = {}) {
  return Object.assign(document.createElement(name), {textContent: text ?? "", ...props});
}

/** What a table would do, as a table. */
function shownPlan(found) {
  const wrong = found.errors.length > 0;
  const words = wrong
    ? t("{n} rows, {errors} with mistakes: correct the file and choose it again. Nothing was changed.", {n: found.rows, errors: found.errors.length})
    : t("{new} new, {changed} changed, {unchanged} unchanged.", found);
  const parts = [made("p", words, {className: wrong ? "mistake" : ""})];
  if (!wrong && !found.allowed) parts.push(made("p", t("Your role does not allow this: it changes groups, or enables somebody again. Take those columns out of the file, or ask an owner or admin."), {className: "mistake"}));
  if (found.new_groups.length) parts.push(made("p", t("New groups: {names}", {names: found.new_groups.join(", ")}), {className: "small"}));
  const rows = wrong ? found.errors : found.people.filter((one) => one.does !== "unchanged");
  if (!rows.length) return parts;
  const head = wrong ? [t("Row"), t("Column"), t("Mistake")] : [t("Row"), t("Person"), t("What changes")];
  const shown = made("table", "", {className: "table"}), top = shown.createTHead().insertRow(), body = shown.createTBody();
  for (const text of head) top.append(made("th", text, {scope: "col"}));
  for (const row of rows.slice(0, 100)) {
    const cells = wrong ? [row.row, row.column ?? "", row.error] : [row.row, row.person, row.does === "new" ? t("new") : row.columns.join(", ")];
    const line = body.insertRow();
    for (const cell of cells) line.insertCell().textContent = cell;
  }
  const scroll = made("div", "", {className: "scroll short", tabIndex: 0, role: "region", ariaLabel: t("What the table would do")});
  scroll.append(shown);
  parts.push(scroll);
  if (rows.length > 100) parts.push(made("p", t("and {n} more", {n: rows.length - 100}), {className: "small"}));
  say(words);
  return parts;
}
