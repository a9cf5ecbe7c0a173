// The record: checked in the background, sealed.
import {api, complain, t} from "./app.js";
import {busy, copy, tell} from "./settings.js";

const button = document.querySelector("#check");
const bar = document.querySelector("#check-progress");
const place = document.querySelector("#check-outcome");

function show(found) {
  const running = found.state === "running";
  button.disabled = running;
  bar.hidden = !running;
  if (running) {
    bar.max = Math.max(found.records, 1);
    bar.value = found.looked_at;
  } else if (found.state === "failed") {
    tell(place, false, found.failure);
  } else if (found.state === "done") {
    const numbers = {records: found.records.toLocaleString(document.documentElement.lang), seals: found.seals};
    if (found.verified) tell(place, true, t("All {records} records and {seals} seals fit together.", numbers));
    else tell(place, false, t("Record {sequence} does not fit: {text}", found.first_broken));
  }
  return running;
}

async function follow() {
  try {
    while (show(await api("GET", "/audit/check"))) await new Promise((resolve) => setTimeout(resolve, 400));
  } catch (error) {
    button.disabled = false;
    complain(error);
  }
}

button.addEventListener("click", async () => {
  place.replaceChildren();
  button.disabled = true;
  try {
    show(await api("POST", "/audit/check"));
    await follow();
  } catch (error) {
    button.disabled = false;
    complain(error);
  }
});

const seal = document.querySelector("#seal");
seal?.addEventListener("click", () => busy(seal, async () => {
  document.querySelector("#options").value = (await api("POST", "/audit/seal")).options;
  document.querySelector("#sealed").hidden = false;
}));
document.querySelector("#copy")?.addEventListener("click", () => copy(document.querySelector("#options")));
if (place.dataset.state !== "none") follow();
