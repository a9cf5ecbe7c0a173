// The table of rules, and the dialog that makes and changes one.
import {api, ask, pageData, t} from "./app.js";
import {PersonField, sayAfter, tried, wrong} from "./rules-say.js";

const data = pageData();
const dialog = document.querySelector("#rule-dialog");
const form = document.querySelector("#rule-form");

if (dialog) start();

function start() {
  const {who, where, schedule, person, name} = form.elements;
  const people = new PersonField(person);
  const box = document.querySelector("#rule-wrong");
  let rule = null;

  fill(who, [["", t("Everybody")], ["person", t("One person …")]], t("Groups"), data.groups.map((one) => [`group:${one.id}`, one.name]));
  fill(where, [["", t("Every door")]], t("Doors"), data.doors.map((one) => [`door:${one}`, one]), t("Zones"), data.zones.map((one) => [`zone:${one}`, one]));
  fill(schedule, [["", t("Always")]], t("Schedules"), data.schedules.map((one) => [one.id, one.name]));

  const effect = () => form.elements.effect.value;

  function adapt() {
    const opens = effect() === "keep_open";
    form.querySelector('option[value="person"]').disabled = opens;
    if (opens && who.value === "person") who.value = "";
    document.querySelector("#rule-person-field").hidden = who.value !== "person";
    document.querySelector("#rule-who-label").textContent = opens ? t("Once somebody has come in of") : t("Who");
    who.options[0].textContent = opens ? t("Nobody needs to") : t("Everybody");
    document.querySelector("#rule-who-help").hidden = !(opens && who.value.startsWith("group:"));
    where.options[0].disabled = opens;
    schedule.options[0].disabled = opens;
    if (opens && !where.value) where.value = where.options[1]?.value ?? "";
    if (opens && !schedule.value) schedule.value = schedule.options[1]?.value ?? "";
  }

  function open(chosen, preset = {}) {
    rule = chosen;
    form.reset();
    box.hidden = true;
    document.querySelector("#rule-title").textContent = rule ? t("Change the rule") : t("Add a rule");
    document.querySelector("#rule-remove").hidden = !rule;
    form.elements.effect.value = rule?.effect ?? "allow";
    who.value = rule?.about_one_person ? "person" : rule?.group ? `group:${rule.group.id}` : preset.group ? `group:${preset.group}` : "";
    where.value = rule?.door ? `door:${rule.door}` : rule?.zone ? `zone:${rule.zone}` : preset.door ? `door:${preset.door}` : "";
    schedule.value = rule?.schedule?.id ?? "";
    if (rule?.person) people.know(rule.person.name, rule.person.id);
    form.elements.valid_from.value = rule?.first_day ?? "";
    form.elements.valid_until.value = rule?.last_day ?? "";
    name.value = rule?.name ?? "";
    adapt();
    dialog.showModal();
  }

  async function body() {
    const [kind, id] = split(who.value);
    const [area, place] = split(where.value);
    const sent = {
      effect: effect(), name: name.value.trim() || null,
      group: kind === "group" ? id : null, person: null,
      door: area === "door" ? place : null, zone: area === "zone" ? place : null,
      schedule: schedule.value || null,
      valid_from: moment(form.elements.valid_from.value, rule?.first_day, rule?.valid_from),
      valid_until: moment(form.elements.valid_until.value, rule?.last_day, rule?.valid_until),
    };
    if (kind === "person") {
      sent.person = await people.id();
      if (!sent.person) return say(t("Choose a person from the list."), person);
    }
    if (sent.effect === "keep_open" && !(sent.schedule && (sent.door || sent.zone))) return say(t("Say which door is kept open, and during which schedule."), schedule);
    return sent;
  }

  function say(text, input) {
    box.textContent = text;
    box.hidden = false;
    input.focus();
    return null;
  }

  form.addEventListener("change", adapt);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const sent = await body();
      if (!sent) return;
      const saved = rule ? await api("PUT", `/rules/${rule.id}`, sent, {headers: {"If-Match": rule.tag}}) : await api("POST", "/rules", sent);
      sayAfter(saved.sentence);
    } catch (error) { wrong(box, error); }
  });
  document.querySelector("#rule-cancel").addEventListener("click", () => dialog.close());
  document.querySelector("#rule-remove").addEventListener("click", async () => {
    dialog.close();
    if (await ask({title: t("Remove this rule?"), text: rule.sentence, confirm: t("Remove"), danger: true})) await remove(rule);
  });
  document.querySelector("#add-rule").addEventListener("click", () => open(null));
  document.querySelector("main").addEventListener("click", (event) => {
    const old = event.target.closest("[data-rule]");
    if (old) return open(data.rules[old.dataset.rule]);
    const add = event.target.closest(".add");
    if (add) open(null, {group: add.closest("tr").dataset.group, door: add.closest("td").dataset.door});
  });
  document.querySelector("#remove-everybody")?.addEventListener("click", async (event) => {
    const {items} = await api("GET", "/rules?limit=200&effect=allow");
    const found = items.find((one) => one.name === event.target.dataset.name);
    const text = t("Who no other rule lets in then stays outside: {sentence}", {sentence: found?.sentence ?? ""});
    if (found && await ask({title: t("Remove the rule “{name}”?", {name: found.name}), text, confirm: t("Remove"), danger: true})) await remove(found);
  });
}

async function remove(rule) {
  await tried(async () => {
    await api("DELETE", `/rules/${rule.id}`, undefined, {headers: rule.tag ? {"If-Match": rule.tag} : {}});
    sayAfter(t("The rule was removed."));
  });
}

/** The day that was chosen; the very moment of before where it was left alone. */
function moment(day, before, exact) {
  if (!day) return null;
  return day === before ? exact : day;
}

function split(value) {
  const at = value.indexOf(":");
  return at < 0 ? [value, null] : [value.slice(0, at), value.slice(at + 1)];
}

/** Options, then groups of options with a label each; empty ones are left out. */
function fill(select, first, ...groups) {
  const option = ([value, textContent]) => Object.assign(document.createElement("option"), {value, textContent});
  select.append(...first.map(option));
  for (let at = 0; at < groups.length; at += 2) {
    if (!groups[at + 1].length) continue;
    const group = Object.assign(document.createElement("optgroup"), {label: groups[at]});
    group.append(...groups[at + 1].map(option));
    select.append(group);
  }
}
