// What is wrong with this installation, and what to do.
import {api, complain, icon, t} from "./app.js";

const card = document.querySelector("#health");
const list = document.querySelector("#checks");
const again = document.querySelector("#again");
const looking = document.querySelector("#looking");
const bar = document.querySelector("#health-progress");
const order = {fault: 0, warning: 1, ok: 2};
const tones = {fault: ["bad", "cross", t("Fault")], warning: ["warn", "warning", t("Warning")], ok: ["good", "check", t("Fine")]};

function row({name, state, detail, remedy}) {
  const item = document.createElement("li");
  const [tone, symbol, word] = tones[state];
  const badge = Object.assign(document.createElement("span"), {className: "badge"});
  badge.dataset.tone = tone;
  badge.append(icon(symbol), word);
  const words = Object.assign(document.createElement("div"), {className: "grow stack tight"});
  words.append(Object.assign(document.createElement("strong"), {textContent: name}), Object.assign(document.createElement("span"), {textContent: detail}));
  if (remedy) words.append(Object.assign(document.createElement("span"), {className: "small do", textContent: t("To do: {remedy}", {remedy})}));
  item.append(badge, words);
  return item;
}

async function look() {
  card.setAttribute("aria-busy", "true");
  again.disabled = true;
  bar.hidden = false;
  try {
    const found = await api("GET", "/health");
    const checks = [...found.checks].sort((one, other) => order[one.state] - order[other.state]);
    list.replaceChildren(...checks.map(row));
    looking.textContent = found.faults || found.warnings ? t("{faults} faults and {warnings} warnings in {all} checks.", {...found, all: checks.length}) : t("Nothing is wrong: {all} checks.", {all: checks.length});
  } catch (error) {
    looking.textContent = error.detail ?? "";
    complain(error);
  }
  card.setAttribute("aria-busy", "false");
  again.disabled = false;
  bar.hidden = true;
}

again.addEventListener("click", look);
look();
