// The list of schedules.
import {api, t} from "./app.js";
import {askName, sayAfter} from "./rules-say.js";

const usual = [{start: "08:00", end: "18:00"}];
document.querySelector("#add-schedule")?.addEventListener("click", () => askName({title: t("Add a schedule"), save: async (name) => {
  const week = {mon: usual, tue: usual, wed: usual, thu: usual, fri: usual};
  const schedule = await api("POST", "/schedules", {name, week});
  sayAfter(t("The schedule was made: now draw its hours."), `/rules/schedules/${schedule.id}`);
}}));
