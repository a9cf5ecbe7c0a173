// A field that finds people by name; on request somebody new too.
import {api, complain, say, t} from "./app.js";

/** Fills `host` with the field; `onChoose(null | {id, name} | {name, isNew})` hears each choice. `label` is the id of its input. */
export function peoplePicker(host, {id, onChoose, allowNew = false}) {
  const list = Object.assign(document.createElement("ul"), {className: "picker-list", id: `${id}-list`, hidden: true});
  const input = Object.assign(document.createElement("input"), {type: "text", id, autocomplete: "off", placeholder: t("Type a name")});
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", t("People"));
  for (const [name, value] of Object.entries({role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id})) input.setAttribute(name, value);
  host.replaceChildren(input, list);
  let options = [], active = -1, timer, asked;

  const close = () => { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const choose = (option) => { input.value = option.name; close(); onChoose(option); };
  const mark = (index) => {
    active = index;
    [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === index)));
    const shown = list.children[index];
    if (!shown) return;
    input.setAttribute("aria-activedescendant", shown.id);
    shown.scrollIntoView({block: "nearest"});
  };
  const show = (found, text) => {
    options = found.map(({id: person, name, portrait}) => ({id: person, name, portrait}));
    const taken = found.some(({name}) => name.toLowerCase() === text.toLowerCase());
    if (allowNew && text && !taken) options.push({name: text, isNew: true});
    list.replaceChildren(...options.map((option, index) => entry(option, `${id}-${index}`, () => choose(option))));
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    say(options.length ? t("{n} to choose from", {n: options.length}) : t("Nobody of that name"));
    active = -1;
  };
  const search = async () => {
    const text = input.value.trim();
    asked?.abort();
    asked = new AbortController();
    try {
      const page = await api("GET", `/people?limit=8&search=${encodeURIComponent(text)}`, undefined, {signal: asked.signal});
      show(page.items, text);
    } catch (error) {
      if (!asked.signal.aborted) complain(error);
    }
  };
  input.addEventListener("input", () => { onChoose(null); clearTimeout(timer); timer = setTimeout(search, 150); });
  input.addEventListener("focus", () => { if (!input.value) search(); });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) search();
    else if (event.key === "ArrowDown") mark((active + 1) % options.length);
    else if (event.key === "ArrowUp") mark((active - 1 + options.length) % options.length);
    else if (event.key === "Enter" && !list.hidden && options.length) choose(options[Math.max(active, 0)]);
    else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    else return;
    event.preventDefault();
  });
  return {
    input,
    set(option) { input.value = option?.name ?? ""; close(); },
  };
}

function entry(option, id, choose) {
  const item = Object.assign(document.createElement("li"), {id});
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  const face = Object.assign(document.createElement("span"), {className: "avatar"});
  face.setAttribute("aria-hidden", "true");
  if (option.portrait) face.append(Object.assign(document.createElement("img"), {src: option.portrait, alt: ""}));
  else face.textContent = option.isNew ? "+" : [...option.name][0].toUpperCase();
  item.append(face, Object.assign(document.createElement("span"), {textContent: option.name}));
  if (option.isNew) item.append(Object.assign(document.createElement("span"), {className: "small", textContent: t("new person")}));
  // Before the field loses the focus, and the list closes.
  item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(); });
  return item;
}
