// What can be done with an event, and the question whom it shows.
import {api, ask, complain, relativeTimes, say, t, toast} from "./app.js";
import {peoplePicker} from "./people_picker.js";

const language = document.documentElement.lang;
const zone = document.body.dataset.zone || undefined;

/** Dates in the language of the page. */
export function formatDays(root) {
  for (const time of root.querySelectorAll("time[data-day]")) {
    time.textContent = new Intl.DateTimeFormat(language, {weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC"}).format(new Date(time.dateTime));
  }
  for (const time of root.querySelectorAll("time[data-full]")) {
    time.textContent = new Intl.DateTimeFormat(language, {dateStyle: "full", timeStyle: "medium", timeZone: zone}).format(new Date(time.dateTime));
  }
  relativeTimes(root);
}

/** Close dialogs by their own buttons, and by a click beside them. */
export function closable(dialog) {
  dialog?.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

const who = document.querySelector("#who");
closable(who);

/** Ask whom pictures show. A promise of {option, events, enrol, consent}, or null. `pictures` are events; `more` others like them. */
export function askWho({pictures, more = 0, perhaps = null, canEnrol = true, hint = t("Add the picture to their photos")}) {
  const enrol = who.querySelector("#who-enrol"), consent = who.querySelector("#who-consent"), yes = who.querySelector("#who-yes");
  let chosen = perhaps;
  const strip = who.querySelector("#who-pictures");
  strip.replaceChildren(...pictures.map((sequence, index) => picture(sequence, index, pictures.length > 1)));
  if (more) strip.append(Object.assign(document.createElement("p"), {className: "small", textContent: t("and {n} more like them", {n: more})}));
  const check = () => {
    const adds = enrol && canEnrol && enrol.checked;
    yes.disabled = !chosen || Boolean(consent && !consent.checked && (adds || chosen.isNew));
  };
  const picker = peoplePicker(who.querySelector("#who-picker"), {
    id: "who-search", allowNew: Boolean(who.dataset.new), onChoose: (option) => { chosen = option; check(); },
  });
  picker.set(perhaps);
  if (enrol) {
    enrol.checked = canEnrol && pictures.length > 1;
    enrol.nextElementSibling.textContent = hint;
    for (const line of [who.querySelector("#who-enrol-line"), who.querySelector("#who-enrol-help")]) line.hidden = !canEnrol;
    enrol.onchange = check;
  }
  if (consent) { consent.checked = false; consent.onchange = check; }
  check();
  who.returnValue = "";
  who.showModal();
  picker.input.focus();
  return new Promise((resolve) => {
    yes.onclick = () => who.close("yes");
    who.onclose = () => {
      if (who.returnValue !== "yes" || !chosen) return resolve(null);
      const left = [...strip.querySelectorAll("input:not(:checked)")].map((one) => Number(one.value));
      resolve({
        option: chosen, left, enrol: Boolean(enrol && canEnrol && enrol.checked),
        consent: consent?.checked ? who.dataset.consent : null,
      });
    };
  });
}

function picture(sequence, index, several) {
  const image = Object.assign(document.createElement("img"), {src: `/api/v1/events/${sequence}/crop`, alt: several ? t("Picture {n}", {n: index + 1}) : t("The face that this is about"), width: 80, height: 80});
  const label = document.createElement(several ? "label" : "span");
  label.append(image);
  if (several) label.append(Object.assign(document.createElement("input"), {type: "checkbox", checked: true, value: sequence}));
  return label;
}

/** Do what a button of the details asks for; true once something changed. */
export async function act(name, article) {
  const sequence = Number(article.dataset.sequence), path = `/events/${sequence}/label`;
  try {
    if (name === "is") return await sayIs(article, sequence);
    if (name === "wrong") return await sayWrong(sequence);
    if (name === "ignored") await api("PUT", path, {kind: "ignored"});
    if (name === "clear") await api("DELETE", path);
    if (name === "erase") return await erase(sequence);
    if (name !== "clear") toast(t("Saved."), {undo: () => takeBack(sequence)});
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

async function takeBack(sequence, added = false) {
  try {
    await api("DELETE", `/events/${sequence}/label`);
    toast(added ? t("Taken back. Pictures that were added to their photos are still there.") : t("Taken back."));
    dispatchEvent(new CustomEvent("limen:event", {detail: sequence}));
  } catch (error) { complain(error); }
}

async function sayIs(article, sequence) {
  const hasCrop = Boolean(article.dataset.crop);
  const answer = await askWho({pictures: hasCrop ? [sequence] : [], canEnrol: hasCrop});
  if (!answer) return false;
  let person = answer.option.id;
  if (answer.option.isNew) person = (await api("POST", "/people", {name: answer.option.name})).id;
  const label = {kind: "is", person, enrol: answer.enrol, ...(answer.enrol && answer.consent ? {consent: answer.consent} : {})};
  let found = await api("PUT", `/events/${sequence}/label`, label);
  if (found.refused?.may_insist && await insist(found.refused.kind)) found = await api("PUT", `/events/${sequence}/label`, {...label, sure: true});
  const said = t("Saved: this was {name}.", {name: answer.option.name});
  const why = found.refused ? ` ${t("The picture was not added: {reason}.", {reason: refusals[found.refused.kind]})}` : found.added ? ` ${t("The picture was added.")}` : "";
  toast(said + why, {undo: () => takeBack(sequence, found.added)});
  return true;
}

/** Why a picture was not added. */
export const refusals = {
  no_face: t("no picture is kept, or no face is found in it"),
  not_alive: t("the door could not tell that this was a living face"),
  not_good: t("it is not good enough"),
  somebody_else: t("this face is already enrolled as somebody else"),
  not_alike: t("this face is not like the person's photos"),
};

/** Whether a doubtful picture is to be added all the same. */
export function insist(kind) {
  return ask({
    title: t("Add the picture all the same?"), confirm: t("Add it"), danger: true,
    text: t("{reason}. Whoever looks like it could come in as them: add it only if you know the person.", {reason: refusals[kind][0].toUpperCase() + refusals[kind].slice(1)}),
  });
}

async function sayWrong(sequence) {
  const {likest_photo: photo} = await api("PUT", `/events/${sequence}/label`, {kind: "wrong"});
  toast(t("Saved: this was the wrong person."), {undo: () => takeBack(sequence)});
  if (photo) await offerRemoval(photo);
  return true;
}

/** Show the photo that the door may have been misled by; it can be removed. */
async function offerRemoval({person, photo, kept, last}) {
  const dialog = Object.assign(document.createElement("dialog"), {className: "ask"});
  const heading = Object.assign(document.createElement("h2"), {id: "likest-title", textContent: t("The photo most like this face")});
  dialog.setAttribute("aria-labelledby", heading.id);
  const content = Object.assign(document.createElement("div"), {className: "stack"});
  content.append(heading);
  if (kept) content.append(Object.assign(document.createElement("img"), {className: "event-picture", src: `/api/v1/people/${person}/photos/${photo}/picture`, alt: t("The person's photo")}));
  const words = last ? t("It is the only one of this person. Without it they are not recognised until they are enrolled anew.") : t("If it is blurred or shows somebody else, remove it, so that the door is not misled again.");
  content.append(Object.assign(document.createElement("p"), {textContent: kept ? words : `${t("The photo itself was not kept.")} ${words}`}));
  const row = Object.assign(document.createElement("div"), {className: "row"});
  const keep = Object.assign(document.createElement("button"), {type: "button", className: "quiet", textContent: t("Keep it")});
  row.append(Object.assign(document.createElement("a"), {className: "button quiet", href: `/people/${person}`, textContent: t("To the person")}), keep);
  keep.addEventListener("click", () => dialog.close());
  if (who.dataset.enrol) {
    const remove = Object.assign(document.createElement("button"), {type: "button", className: "danger", textContent: t("Remove the photo")});
    remove.addEventListener("click", async () => {
      try {
        await api("DELETE", `/people/${person}/photos/${photo}`);
        toast(t("The photo was removed."));
        dialog.close();
      } catch (error) { complain(error); }
    });
    row.append(remove);
  }
  content.append(row);
  dialog.append(content);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

async function erase(sequence) {
  const sure = await ask({
    title: t("Erase the picture?"), text: t("It is deleted from the database at once and cannot be brought back. The event stays."),
    confirm: t("Erase"), danger: true,
  });
  if (!sure) return false;
  await api("DELETE", `/events/${sequence}/crop`);
  toast(t("The picture was erased."));
  return true;
}

/** Load the details of an event into `host`, and make their buttons work; `changed(sequence)` is told of changes. */
export async function showDetails(host, sequence, changed) {
  const response = await fetch(`/events/${sequence}?part=1`, {headers: {Accept: "text/html"}});
  if (!response.ok) {
    toast(t("The event cannot be loaded. Try again in a moment."));
    return false;
  }
  host.innerHTML = await response.text();
  wire(host, sequence, changed);
  return true;
}

/** Make the buttons of details work that are there already. */
export function wire(host, sequence, changed) {
  formatDays(host);
  host.querySelector(".event-actions")?.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    button.disabled = true;
    const done = await act(button.dataset.act, host.querySelector("article"));
    button.disabled = false;
    if (!done) return;
    await showDetails(host, sequence, changed);
    changed(sequence);
    say(t("Saved."));
    host.querySelector("[data-act]")?.focus();
  });
}
