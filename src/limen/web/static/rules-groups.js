// Groups: made, renamed, removed, joined and left.
import {api, ask, t, toast} from "./app.js";
import {PersonField, askName, sayAfter, tried} from "./rules-say.js";

document.querySelector("#add-group")?.addEventListener("click", () => askName({title: t("Add a group"), save: async (name) => {
  const group = await api("POST", "/groups", {name});
  sayAfter(t("The group was made."), `/rules/groups/${group.id}`);
}}));

const {id, name} = document.querySelector("#group")?.dataset ?? {};
document.querySelector("#rename-group")?.addEventListener("click", () => askName({title: t("Rename the group"), value: name, save: async (other) => {
  await api("PATCH", `/groups/${id}`, {name: other});
  sayAfter(t("The group was renamed."));
}}));
document.querySelector("#remove-group")?.addEventListener("click", async () => {
  if (!await ask({title: t("Remove the group “{name}”?", {name}), text: t("Its people stay."), confirm: t("Remove"), danger: true})) return;
  await tried(async () => {
    await api("DELETE", `/groups/${id}`);
    sayAfter(t("The group was removed."), "/rules/groups");
  });
});

const join = document.querySelector("#join");
if (join) {
  const field = new PersonField(document.querySelector("#join-person"));
  join.addEventListener("submit", (event) => {
    event.preventDefault();
    tried(async () => {
      const person = await field.id();
      if (!person) { toast(t("Choose a person from the list.")); field.input.focus(); return; }
      await api("PUT", `/groups/${id}/members/${person}`);
      sayAfter(t("{name} is in the group.", {name: field.input.value.trim()}));
    });
  });
  for (const button of document.querySelectorAll("[data-leave]")) {
    button.addEventListener("click", () => tried(async () => {
      const path = `/groups/${id}/members/${button.dataset.leave}`;
      await api("DELETE", path);
      button.closest("li").remove();
      const undo = () => tried(async () => { await api("PUT", path); location.reload(); });
      toast(t("{name} is no longer in the group.", {name: button.dataset.name}), {undo});
    }));
  }
}
