// Strangers who came often: to name, to ignore, to erase.
import {api, ApiProblem, ask, complain, relativeTimes, say, t, toast} from "./app.js";
import {askWho, insist, refusals} from "./event_actions.js";

const groups = document.querySelector("#groups"), summary = document.querySelector("#summary"), progress = document.querySelector("#progress");
const once = document.querySelector("#once"), none = document.querySelector("#none"), failed = document.querySelector("#failed");
let turn = 0;

/** Ask for the groups until all pictures were looked at. */
async function load() {
  const mine = ++turn;
  for (;;) {
    let found;
    try {
      found = await api("GET", `/unknown-faces?at_least=${once.checked ? 1 : 2}`);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      failed.hidden = false;
      failed.querySelector("p").textContent = error.detail;
      summary.textContent = "";
      progress.hidden = true;
      return;
    }
    if (mine !== turn) return;
    failed.hidden = true;
    show(found);
    if (!found.waiting) return;
    await new Promise((done) => setTimeout(done, 300));
    if (mine !== turn) return;
  }
}

function show(found) {
  const pictures = found.items.reduce((sum, group) => sum + group.pictures, 0);
  progress.hidden = !found.waiting;
  if (found.waiting) {
    const looked = pictures + found.once + found.unusable;
    progress.max = looked + found.waiting;
    progress.value = looked;
    summary.textContent = t("Looking at the pictures: {n} are left.", {n: found.waiting});
  } else {
    summary.textContent = words(found);
  }
  none.hidden = found.items.length > 0 || found.waiting > 0;
  const old = new Map([...groups.children].map((card) => [card.dataset.key, card]));
  groups.replaceChildren(...found.items.map((group) => {
    const key = `${group.id} ${group.events.length} ${group.perhaps?.id ?? ""}`;
    return old.get(key) ?? card(group, key);
  }));
  relativeTimes(groups);
}

function words({items, once: rest, unusable}) {
  const parts = [items.length === 1 ? t("1 unknown person") : t("{n} unknown people", {n: items.length})];
  if (rest) parts.push(rest === 1 ? t("1 who came once") : t("{n} who came once", {n: rest}));
  if (unusable) parts.push(unusable === 1 ? t("1 picture without a face") : t("{n} pictures without a face", {n: unusable}));
  return parts.join(" · ");
}

function card(group, key) {
  const box = Object.assign(document.createElement("article"), {className: "card unknown"});
  box.dataset.key = key;
  const title = group.visits === 1 ? t("Came once") : group.visits === 2 ? t("Came twice") : t("Came {n} times", {n: group.visits});
  const faces = Object.assign(document.createElement("div"), {className: "unknown-faces"});
  group.shown.slice(0, 4).forEach((sequence, index) => {
    faces.append(Object.assign(document.createElement("img"), {src: `/api/v1/events/${sequence}/crop`, alt: index ? "" : t("Unknown face, {title}", {title}), loading: "lazy", width: 96, height: 96}));
  });
  const heading = Object.assign(document.createElement("h2"), {textContent: title});
  const facts = Object.assign(document.createElement("dl"), {className: "facts"});
  fact(facts, t("Last"), moment(group.last_at));
  if (group.visits > 1) fact(facts, t("First"), moment(group.first_at));
  if (group.doors.length) fact(facts, t("Where"), group.doors.join(", "));
  fact(facts, t("Pictures"), String(group.pictures));
  const text = Object.assign(document.createElement("div"), {className: "stack"});
  text.append(heading, facts);
  if (group.perhaps) text.append(Object.assign(document.createElement("p"), {className: "small", textContent: t("A little like {name}: look closely.", {name: group.perhaps.name})}));
  if (!group.good) text.append(Object.assign(document.createElement("p"), {className: "small", textContent: t("No picture is good enough to recognise them by.")}));
  box.append(faces, text, buttons(group));
  return box;
}

function fact(list, name, value) {
  const shown = document.createElement("dd");
  shown.append(value);
  list.append(Object.assign(document.createElement("dt"), {textContent: name}), shown);
}

function buttons(group) {
  const row = Object.assign(document.createElement("div"), {className: "row"});
  for (const [text, kind, run] of [[t("Name …"), "primary", name], [t("Ignore"), "", ignore], [t("Erase"), "danger", erase]]) {
    const button = Object.assign(document.createElement("button"), {type: "button", className: kind, textContent: text});
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        if (await run(group)) { await load(); focusNext(); }
      } catch (error) { complain(error); }
      button.disabled = false;
    });
    row.append(button);
  }
  return row;
}

/** The card that was worked on is gone: whoever uses the keyboard goes on with the first. */
function focusNext() {
  if (document.activeElement === document.body || !document.activeElement) (groups.querySelector("button") ?? once).focus();
}

function moment(at) {
  return Object.assign(document.createElement("time"), {dateTime: at});
}

async function name(group) {
  const answer = await askWho({
    pictures: group.shown, more: group.events.length - group.shown.length, perhaps: null, canEnrol: group.good > 0,
    hint: t("Add the best pictures to their photos"),
  });
  if (!answer) return false;
  const {option, left, enrol, consent} = answer;
  const asked = {
    events: group.events.filter((sequence) => !left.includes(sequence)), enrol,
    ...(option.isNew ? {name: option.name} : {person: option.id}), ...(consent ? {consent} : {}),
  };
  if (!asked.events.length) return false;
  let found = await api("POST", `/unknown-faces/${group.id}/name`, asked);
  const doubt = found.refused.find((one) => one.may_insist);
  if (enrol && !found.added.length && doubt && await insist(doubt.kind)) found = await again(group, found, doubt) ?? found;
  const added = found.added.length ? (found.added.length === 1 ? t("1 picture was added.") : t("{n} pictures were added.", {n: found.added.length})) : "";
  const why = enrol && !found.added.length && found.refused.length ? t("No picture was added: {reason}.", {reason: refusals[found.refused[0].kind]}) : "";
  toast([t("Saved: this was {name}.", {name: found.person.name}), added, why].filter(Boolean).join(" "), {undo: found.created ? undefined : () => unlabel(asked.events)});
  return true;
}

/** Add a doubtful picture after all: by now the events are labelled, so it is done for that one. */
async function again(group, found, doubt) {
  const consent = document.querySelector("#who").dataset.consent;
  const label = {kind: "is", person: found.person.id, enrol: true, sure: true, ...(consent ? {consent} : {})};
  const {added} = await api("PUT", `/events/${doubt.sequence}/label`, label);
  return added ? {...found, added: [doubt.sequence], refused: []} : found;
}

async function unlabel(events) {
  try {
    for (const sequence of events) await api("DELETE", `/events/${sequence}/label`);
    toast(t("Taken back. Pictures that were added to their photos are still there."));
  } catch (error) { complain(error); }
  load();
}

async function ignore(group) {
  const {events} = await api("POST", `/unknown-faces/${group.id}/ignore`, {events: group.events});
  toast(t("They are not shown any more."), {undo: async () => {
    try { await api("POST", "/unknown-faces/restore", {events}); } catch (error) { complain(error); }
    load();
  }});
  return true;
}

async function erase(group) {
  const sure = await ask({
    title: group.pictures === 1 ? t("Erase this picture?") : t("Erase these {n} pictures?", {n: group.pictures}), danger: true, confirm: t("Erase"),
    text: t("They are deleted from the database at once and cannot be brought back. The events stay."),
  });
  if (!sure) return false;
  await api("POST", `/unknown-faces/${group.id}/erase`, {events: group.events});
  toast(t("The pictures were erased."));
  say(t("The pictures were erased."));
  return true;
}

if (groups) {
  once.addEventListener("change", load);
  load();
}
