// One's own account.
import {api, ask, complain, t, toast} from "./app.js";
import {copy, submits} from "./accounts.js";

const present = {"wrong-password": () => t("This is not your present password.")};
const wrongCode = {"wrong-code": () => t("This is not the code of this moment. Type the one the app shows now.")};

document.querySelector("#sign-out").addEventListener("click", async () => {
  try {
    await api("DELETE", "/session");
    location.assign("/sign-in");
  } catch (problem) { complain(problem); }
});

document.querySelector("#language").addEventListener("change", async ({target}) => {
  try {
    await api("PATCH", "/account", {language: target.value || null});
    location.reload();
  } catch (problem) { complain(problem); }
});

submits(document.querySelector("#change-password"), async ({password, new_password}, form) => {
  await api("POST", "/account/password", {password, new_password});
  form.reset();
  toast(t("The password is changed"));
}, {own: present});

const begin = document.querySelector("#begin-factor");
const confirm = document.querySelector("#confirm-factor");
if (begin) {
  submits(begin, async (values) => {
    const factor = await api("POST", "/account/totp", {password: values["password-begin"]});
    document.querySelector("#qr").replaceChildren(new DOMParser().parseFromString(factor.qr_code, "image/svg+xml").documentElement);
    document.querySelector("#secret").textContent = factor.secret;
    begin.hidden = true;
    confirm.hidden = false;
    confirm.code.focus();
  }, {own: present});
  submits(confirm, async ({code}) => {
    await api("POST", "/account/totp/confirm", {code});
    location.replace("/account");
  }, {own: wrongCode});
  document.querySelector("#copy-secret").addEventListener("click", () => copy(document.querySelector("#secret")));
} else {
  submits(document.querySelector("#remove-factor"), async (values) => {
    if (!await ask({title: t("Remove the second factor?"), text: t("Whoever knows your password can then sign in as you."), confirm: t("Remove"), danger: true})) return;
    await api("POST", "/account/totp/remove", {password: values["password-remove"]});
    location.reload();
  }, {own: present});
}

for (const button of document.querySelectorAll('[data-does="end"]')) {
  button.addEventListener("click", async () => {
    const row = button.closest("[data-session]");
    try {
      await api("DELETE", `/account/sessions/${row.dataset.session}`);
      row.remove();
      toast(t("Signed out there"));
    } catch (problem) { complain(problem); }
  });
}

document.querySelector("#end-others")?.addEventListener("click", async () => {
  try {
    await api("DELETE", "/account/sessions");
    location.reload();
  } catch (problem) { complain(problem); }
});

if (location.hash === "#second-factor") document.querySelector("#second-factor").focus();
