// A schedule: its week, its exceptions, its calendar file.
import {api, ask, complain, pageData, t, upload} from "./app.js";
import {askName, sayAfter, tried, wrong} from "./rules-say.js";
import {SpanFields, WeekEditor, hoursOf, merged} from "./rules-week.js";

const data = pageData();
const path = `/schedules/${data.id}`;
const {name} = document.querySelector("#schedule").dataset;
const headers = {"If-Match": data.tag};

const bar = document.querySelector("#savebar");
const editor = new WeekEditor(document.querySelector("#week"), data.days, () => { bar.hidden = JSON.stringify(editor.value) === saved; });
editor.value = data.week;
const saved = JSON.stringify(editor.value);

document.querySelector("#discard").addEventListener("click", () => { editor.value = JSON.parse(saved); bar.hidden = true; });
document.querySelector("#save").addEventListener("click", () => tried(async () => {
  await api("PATCH", path, {week: editor.value}, {headers});
  bar.hidden = true;
  sayAfter(t("The hours were saved. Running doors take them over within moments."));
}));
addEventListener("beforeunload", (event) => { if (!bar.hidden) event.preventDefault(); });

document.querySelector("#rename-schedule").addEventListener("click", () => askName({title: t("Rename the schedule"), value: name, save: async (other) => {
  await api("PATCH", path, {name: other}, {headers});
  sayAfter(t("The schedule was renamed."));
}}));
document.querySelector("#remove-schedule").addEventListener("click", async () => {
  if (!await ask({title: t("Remove the schedule “{name}”?", {name}), text: t("Its hours and exceptions are gone then."), confirm: t("Remove"), danger: true})) return;
  await tried(async () => {
    await api("DELETE", path, undefined, {headers});
    bar.hidden = true;
    sayAfter(t("The schedule was removed."), "/rules/schedules");
  });
});

const form = document.querySelector("#except");
const box = document.querySelector("#except-wrong");
let other = [{start: 480, end: 720}];
const fields = new SpanFields(document.querySelector("#except-hours"), t("Exception"), (spans) => { other = spans; });
fields.show(other);
form.addEventListener("change", () => { fields.root.hidden = form.elements.kind.value !== "hours"; });
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const first = form.elements.first_day.value;
  if (!first) { box.textContent = t("Give a first day."); box.hidden = false; form.elements.first_day.focus(); return; }
  const hours = form.elements.kind.value === "hours" ? hoursOf(merged(other)) : [];
  try {
    await api("POST", `${path}/exceptions`, {first_day: first, last_day: form.elements.last_day.value || first, hours});
    sayAfter(t("The exception was added."));
  } catch (error) { wrong(box, error); }
});
for (const button of document.querySelectorAll("[data-usual]")) {
  button.addEventListener("click", () => tried(async () => {
    await api("DELETE", `${path}/exceptions?first_day=${button.dataset.usual}&last_day=${button.dataset.last}`);
    sayAfter(t("The exception was removed."));
  }));
}

document.querySelector("#calendar").addEventListener("change", async ({target}) => {
  const [file] = target.files;
  if (file && await ask({title: t("Replace the hours?"), text: t("Hours and exceptions of this schedule become those of {file}.", {file: file.name}), confirm: t("Replace")})) {
    try {
      await upload("PUT", `${path}/calendar`, new Blob([await file.arrayBuffer()], {type: "text/calendar"}), {headers});
      sayAfter(t("The hours were read from the file."));
    } catch (error) { complain(error); }
  }
  target.value = "";
});
