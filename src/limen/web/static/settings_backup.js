// Backups: made, checked, deleted.
import {api, ask, t, toast} from "./app.js";
import {busy, tell} from "./settings.js";

const make = document.querySelector("[data-make]");
make?.addEventListener("click", () => busy(make, async () => {
  toast(t("The backup is being made…"));
  await api("POST", "/backups");
  location.reload();
}));

const actions = {
  async check(row, path) {
    const place = row.querySelector(".outcome");
    try {
      const found = await api("POST", `${path}/check`);
      tell(place, true, t("It is whole: {people} people, {events} records.", found));
    } catch (error) {
      if (error.status !== 422) throw error;
      tell(place, false, error.detail);
    }
  },
  async delete(row, path) {
    if (!await ask({title: t("Delete this backup?"), text: row.dataset.name, confirm: t("Delete"), danger: true})) return;
    await api("DELETE", path);
    location.reload();
  },
};

for (const row of document.querySelectorAll(".backup")) {
  row.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) busy(button, () => actions[button.dataset.do](row, `/backups/${encodeURIComponent(row.dataset.name)}`));
  });
}
