// Choosing another model, and making templates for it.
import {api, ask, complain, t, toast} from "./app.js";

const card = document.querySelector("#migration");

async function follow() {
  const now = await api("GET", "/models/migration");
  card.hidden = now.stage === "none";
  if (card.hidden) return;
  const bar = document.querySelector("#migration-bar");
  bar.max = Math.max(now.people, 1);
  bar.value = now.stage === "done" ? bar.max : now.done;
  document.querySelector("#migration-text").textContent = {
    running: t("{done} of {people} people are looked at for {model}.", now),
    done: t("{templates} templates of {model} were made.", now),
    failed: t("The migration to {model} failed: {failure}", now),
  }[now.stage];
  document.querySelector("#migration-left").replaceChildren(...now.left.map((person) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), {href: `/people/${person.id}`, textContent: person.name}), t("must be enrolled again"));
    return item;
  }));
  if (now.stage === "running") setTimeout(() => follow().catch(complain), 1000);
}

const does = {
  async use(model) {
    const sure = await ask({title: t("Use {model}?", {model}), confirm: t("Use"), text: t("All doors start again. Whoever has no template of this model is not recognised until they are enrolled again.")});
    if (!sure) return;
    await api("POST", `/models/${model}/use`);
    location.reload();
  },
  async migration(model) {
    await api("POST", `/models/${model}/migration`);
    await follow();
  },
  async verify(model) {
    const found = await api("POST", `/models/${model}/verify`);
    toast(found.ok ? t("All files of {model} are as they should be.", {model}) : found.files.filter((file) => !file.ok).map((file) => file.message).join(" "));
  },
};

for (const row of document.querySelectorAll("[data-model]")) {
  row.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    button.disabled = true;
    try { await does[button.dataset.do](row.dataset.model); } catch (error) { complain(error); } finally { button.disabled = false; }
  });
}
follow().catch(complain);
