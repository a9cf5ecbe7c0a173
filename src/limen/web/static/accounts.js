// What the pages about accounts share: forms that tell what is wrong, secrets that can be looked at and copied.
import {ApiProblem, showErrors, t, toast} from "./app.js";

const sentences = {
  "wrong-password": () => t("There is no account of that name with this password."),
  "code-needed": () => t("Type the code that your authenticator app shows."),
  "wrong-code": () => t("This code is wrong or was used before. Wait for the next one; the clocks must be right."),
  "foreign-origin": () => t("This came from another site. Use Limen's own pages."),
  "unavailable": () => t("The server is busy at this moment. Try again in a few seconds."),
};

/** What a problem says, in the page's language where we have words for it. */
export function sentence(problem, own = {}) {
  return (own[problem.kind] ?? sentences[problem.kind])?.() ?? problem.detail;
}

/** Show `text` in the form's message, or nothing. */
export function tell(message, text) {
  message.hidden = !text;
  message.querySelector("span").textContent = text ?? "";
}

/**
 * Do `work(values, form)` when `form` is sent, once at a time; a problem is shown in it, at its fields or above.
 * `own` are sentences for kinds of problems.
 */
export function submits(form, work, {message = form.querySelector("[role=alert]"), own = {}} = {}) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button:not([type=button])");
    if (button.disabled) return;
    button.disabled = true;
    tell(message, "");
    try {
      await work(Object.fromEntries(new FormData(form)), form);
    } catch (problem) {
      if (!(problem instanceof ApiProblem)) throw problem;
      if (!showErrors(form, problem)) tell(message, sentence(problem, own));
    } finally {
      button.disabled = false;
    }
  });
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

document.querySelector("#language-choice")?.addEventListener("change", ({target}) => {
  document.cookie = `limen_language=${target.value}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
});

/** Copy a text, or select it where the browser does not let us. */
export async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    toast(t("Copied"));
  } catch {
    getSelection().selectAllChildren(element);
    toast(t("Press Ctrl+C to copy what is selected"));
  }
}
