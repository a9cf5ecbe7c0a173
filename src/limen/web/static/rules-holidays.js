// Holidays: added, removed, read from a calendar.
import {api, ask, complain, t, toast, upload} from "./app.js";
import {sayAfter, tried, wrong} from "./rules-say.js";

const form = document.querySelector("#add-holiday");
const box = document.querySelector("#holiday-wrong");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const day = form.elements.day.value, name = form.elements.name.value.trim();
  if (!day || !name) { box.textContent = t("Give a day and a name."); box.hidden = false; form.elements[day ? "name" : "day"].focus(); return; }
  try { await api("PUT", `/holidays/${day}`, {name}); sayAfter(t("The holiday was added.")); } catch (error) { wrong(box, error); }
});

for (const button of document.querySelectorAll("[data-day]")) {
  button.addEventListener("click", () => tried(async () => {
    const {day, name} = button.dataset;
    await api("DELETE", `/holidays/${day}`);
    button.closest("li").remove();
    const undo = () => tried(async () => { await api("PUT", `/holidays/${day}`, {name}); location.reload(); });
    toast(t("{name} was removed.", {name}), {undo});
  }));
}

document.querySelector("#calendar")?.addEventListener("change", async ({target}) => {
  const [file] = target.files;
  if (!file) return;
  const body = new Blob([await file.arrayBuffer()], {type: "text/calendar"});
  try {
    const found = await upload("POST", "/holidays/import?dry_run=true", body);
    const days = found.holidays.slice(0, 12).map((one) => `${one.day} ${one.name}`).join(", ") + (found.holidays.length > 12 ? " …" : "");
    const text = t("{n} holidays, {new} of them new; {skipped} events are left out. {days}", {n: found.holidays.length, new: found.new, skipped: found.skipped, days});
    if (await ask({title: t("Keep these holidays?"), text, confirm: t("Keep")})) {
      await upload("POST", "/holidays/import", body);
      sayAfter(t("The holidays were kept."));
    }
  } catch (error) { complain(error); }
  target.value = "";
});
