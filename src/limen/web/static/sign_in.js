// Signing in, with the code of the second factor where it is asked for.
import {api, ApiProblem} from "./app.js";
import {submits} from "./accounts.js";

const form = document.querySelector("#sign-in");
const codeField = document.querySelector("#code-field");

/** Where whoever signs in wanted to go: a page of ours, and no other. */
function wanted() {
  try {
    const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
    return next.origin === location.origin ? next.href : "/";  // Whole: a path that begins with // is another site.
  } catch {
    return "/";
  }
}

submits(form, async ({name, password, code}) => {
  try {
    const me = await api("POST", "/session", {name, password, code: code ?? ""});
    location.replace(me.must_add_second_factor ? "/account#second-factor" : wanted());
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.kind === "code-needed") return askForCode();
    if (problem instanceof ApiProblem && problem.kind === "wrong-code") form.code.select();
    throw problem;
  }
}, {message: document.querySelector("#message")});

function askForCode() {
  codeField.hidden = false;
  form.code.required = true;
  form.code.value = "";
  form.code.focus();
}

// Another name may have no second factor.
form.elements.namedItem("name").addEventListener("input", () => { codeField.hidden = true; form.code.required = false; form.code.value = ""; });
