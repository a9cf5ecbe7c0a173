// A link for the person's own phone, as text and as a QR code; told once.
import {api, complain, t, toast} from "./app.js";

const $ = (id) => document.getElementById(id);

/** `personOf()` resolves to the id of whom the link is for. Returns what makes and shows it; `onFailed` is called where there is none. */
export function initLink({personOf, onFailed}) {
  let made = null, person;

  $("copy").addEventListener("click", async () => {
    $("link").select();
    try { await navigator.clipboard.writeText($("link").value); } catch { document.execCommand("copy"); }
    toast(t("Copied"));
  });
  $("withdraw").addEventListener("click", async () => {
    try {
      await api("DELETE", `/people/${person}/invitations/${made.id}`);
      made = null;
      toast(t("The link no longer works."));
      onFailed();
    } catch (error) { complain(error); }
  });
  $("linked").addEventListener("click", () => location.assign(`/people/${person}`));

  return async () => {
    if (made) return;
    try {
      person = await personOf();
      made = await api("POST", `/people/${person}/invitations`);
      show(made);
    } catch (error) {
      complain(error);
      onFailed();
    }
  };
}

function show({qr, url, expires_at}) {
  const zone = document.body.dataset.zone || undefined;
  const exact = new Intl.DateTimeFormat(document.documentElement.lang, {dateStyle: "medium", timeStyle: "short", timeZone: zone});
  $("qr").src = `data:image/svg+xml,${encodeURIComponent(qr)}`;
  $("link").value = url;
  $("expires").dateTime = expires_at;
  $("expires").textContent = exact.format(new Date(expires_at));
  $("insecure").hidden = url.startsWith("https:");
}
