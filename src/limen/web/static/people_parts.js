// What the pages of people share: days in the site's time, dialogs, messages that survive a change of page.
import {ApiProblem, api, complain, showErrors, t, toast} from "./app.js";

const KEY = "limen-people-said";

/** The moment at which a day (2026-12-31) begins in the site's time, `after` days later; null for none. */
export function boundary(day, after) {
  if (!day) return null;
  const [year, month, date] = day.split("-").map(Number);
  const wanted = Date.UTC(year, month - 1, date + after);
  let at = wanted;
  // Twice: the first may fall on the other side of a change of the clock.
  for (let turn = 0; turn < 2; turn++) at = wanted - offset(at);
  return new Date(at).toISOString();
}

/** How far the site's clock is ahead of UTC at a moment, in milliseconds. */
function offset(at) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: document.body.dataset.zone, hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({type, value}) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - Math.floor(at / 1000) * 1000;
}

/** Let a dialog be closed by its buttons. */
export function closable(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
}

/** Say in a form what is wrong, beside the field where there is one; nothing where `error` is null. */
export function tell(form, error) {
  const place = form.querySelector("[role=alert]");
  if (error !== null && !(error instanceof ApiProblem)) throw error;
  const beside = showErrors(form, error ?? {errors: []});
  place.hidden = error === null || beside;
  place.textContent = error === null || beside ? "" : error.detail;
}

/** Keep a message for the next page, with what undoes it: {action, ids}. */
export function keepForNext(message) {
  sessionStorage.setItem(KEY, JSON.stringify({...message, at: Date.now()}));
}

/** Show what the page before left to say. */
export function carried() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  if (!kept) return;
  const left = (kept.seconds ?? 6) - (Date.now() - kept.at) / 1000;
  if (left < 1) return;
  const undo = kept.undo && (() => api("POST", "/people/bulk", kept.undo).then((answer) => {
    const failed = answer.results.find((one) => !one.done);
    keepForNext({text: failed ? failed.detail : t("Undone")});
    location.reload();
  }, complain));
  toast(kept.text, {undo: undo || undefined, seconds: Math.min(left, 60)});
}
