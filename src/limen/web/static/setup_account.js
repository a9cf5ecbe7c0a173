// The first account.
import {api, t} from "./app.js";
import {submits} from "./accounts.js";

const form = document.querySelector("#account");
const printed = decodeURIComponent(location.hash.slice(1));
if (/^[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}$/.test(printed)) {
  form.code.value = printed;
  form.elements.namedItem("name").focus();
  history.replaceState(null, "", location.pathname);
}

submits(form, async ({code, name, password}) => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asked = {code, name, password, language: document.documentElement.lang};
  await api("POST", "/setup", zone ? {...asked, time_zone: zone} : asked);
  location.replace("/setup#site");
  if (location.pathname === "/setup") location.reload();
}, {message: document.querySelector("#message"), own: {
  "wrong-code": () => t("This is not the code. It stands where Limen was started."),
  "set-up-already": () => t("There is an account already. Load this page again to sign in."),
}});
