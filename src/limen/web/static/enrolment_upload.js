// Enrolling from photos: chosen, dropped or pasted, one after the other.
import {ApiProblem, ask, icon, t, upload} from "./app.js";

const $ = (id) => document.getElementById(id);
const heic = (file) => /\.(heic|heif)$/i.test(file.name) || /^image\/hei[cf]/.test(file.type);

/** `personOf()` resolves to the id of whom the photos are of; `onDone` is called once whoever uploads has enough. */
export function initUpload({personOf, consent, onDone}) {
  let queue = Promise.resolve(), added = 0;
  const drop = $("drop");

  function take(files) {
    for (const file of files) {
      const line = listed(file.name || t("Pasted picture"));
      if (heic(file)) {
        $("heic").hidden = false;
        mark(line, "cross", t("HEIC: see below"));
        continue;
      }
      queue = queue.then(() => send(file, line));
    }
  }

  async function send(file, line, force = false) {
    mark(line, "clock", t("Being looked at"));
    try {
      const query = new URLSearchParams({file_name: file.name || "pasted", consent, ...(force ? {confirm_duplicate: "true"} : {})});
      const {added: n, notes} = await upload("POST", `/people/${await personOf()}/photos?${query}`, file);
      added += 1;
      $("uploaded").disabled = false;
      mark(line, "check", n ? notes.join(" ") || t("Added") : t("Was there already"));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // What follows the first sentence is for programs.
      const doubtful = ["already-enrolled", "unlike-own"].includes(error.kind);
      mark(line, "cross", doubtful ? `${error.detail.split(". ")[0]}.` : error.detail);
      if (doubtful && !force) offer(file, line, `${error.detail.split(". ")[0]}.`);
    }
  }

  function offer(file, line, detail) {
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: t("Add all the same")});
    button.addEventListener("click", async () => {
      if (!await ask({title: t("Add all the same?"), text: detail, confirm: t("Add"), danger: true})) return;
      button.remove();
      queue = queue.then(() => send(file, line, true));
    });
    line.append(button);
  }

  $("files").addEventListener("change", ({target}) => { take([...target.files]); target.value = ""; });
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.dataset.over = ""; });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => { event.preventDefault(); delete drop.dataset.over; });
  drop.addEventListener("drop", ({dataTransfer}) => take([...dataTransfer.files]));
  addEventListener("paste", ({clipboardData}) => {
    if (!drop.closest("section").hidden) take([...clipboardData.files].filter(({type}) => type.startsWith("image/")));
  });
  $("uploaded").addEventListener("click", () => { if (added) onDone(); });
}

function listed(name) {
  const line = document.createElement("li");
  line.setAttribute("role", "listitem");
  const words = document.createElement("p");
  words.append(Object.assign(document.createElement("strong"), {textContent: name}), document.createElement("br"), document.createElement("span"));
  words.lastChild.className = "small";
  words.setAttribute("aria-live", "polite");
  line.append(icon("clock"), words);
  $("uploads").append(line);
  return line;
}

function mark(line, symbol, text) {
  line.querySelector(".icon").replaceWith(icon(symbol));
  line.querySelector("p span").textContent = text;
}
