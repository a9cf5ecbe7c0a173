// The displays of a door: a link for another one, and an end to those that are lost.
import {api, ask, complain, t, toast} from "./app.js";

const find = (selector) => document.querySelector(selector);

async function invite({currentTarget: button}) {
  button.disabled = true;
  try {
    const link = await api("POST", `/doors/${button.dataset.door}/kiosks`, {});
    show(link);
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
}

function show(link) {
  // Made by our own server; parsed, not trusted as markup of this page.
  const picture = new DOMParser().parseFromString(link.qr, "image/svg+xml").documentElement;
  find("#qr").replaceChildren(document.importNode(picture, true));
  find("#url").textContent = link.url;
  const until = find("#until");
  until.dateTime = link.expires_at;
  until.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {timeStyle: "short", dateStyle: "medium", timeZone: document.body.dataset.zone || undefined}).format(new Date(link.expires_at));
  find("#insecure").hidden = link.url.startsWith("https:") || /^http:\/\/(localhost|127\.)/.test(link.url);
  find("#made").hidden = false;
  find("#made").scrollIntoView({block: "nearest"});
}

async function copy() {
  const text = find("#url").textContent;
  try {
    await navigator.clipboard.writeText(text);
    toast(t("The link was copied."));
  } catch {
    getSelection().selectAllChildren(find("#url"));
    toast(t("Copy what is selected."));
  }
}

async function end(door, id) {
  try {
    await api("DELETE", `/doors/${door}/kiosks/${id}`);
    location.reload();
  } catch (error) {
    complain(error);
  }
}

find("#invite")?.addEventListener("click", invite);
find("#copy").addEventListener("click", copy);
document.addEventListener("click", async ({target}) => {
  const button = target.closest("[data-revoke], [data-withdraw]");
  if (!button) return;
  const {revoke, withdraw, name, door} = button.dataset;
  if (withdraw) return end(door, withdraw);
  const sure = await ask({
    title: t("Revoke {name}?", {name}), text: t("It shows nothing any more, and must be paired again."), confirm: t("Revoke"), danger: true,
  });
  if (sure) end(door, revoke);
});
