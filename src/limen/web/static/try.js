// The page of "limen try": asks for verdicts and shows them. Nothing is judged here.

const DEBOUNCE_MS = 90;
const POLL_MS = 600;
const element = (id) => document.getElementById(id);
const setText = (id, text) => {
  // What a screen reader is to read out must not be set again where it is the same.
  if (element(id).textContent !== String(text)) element(id).textContent = text;
};
const made = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

/** The newest answer to a question that is asked again and again; null where a newer one was asked meanwhile. */
function asker() {
  let last = 0;
  return async (path) => {
    const mine = ++last;
    let answer;
    try {
      answer = await fetch(path);
    } catch {
      trouble("Limen does not answer any more. Start it again (limen try), and open the address it prints.");
      return null;
    }
    if (!answer.ok) {
      trouble(await answer.text());
      return null;
    }
    const document = await answer.json();
    return mine === last ? document : null;
  };
}

function trouble(text) {
  element("trouble").hidden = !text;
  setText("trouble", text);
}

const askTrial = asker();
const askJudged = asker();
const askPhoto = asker();

let trial;
let judged = null;
let photo = null;
let current = 0;
let face = 0;
let later = 0;

const step = () => trial.steps[Number(element("rate").value)];
const filter = () => document.querySelector("input[name=filter]:checked").value;
const isWrong = (index) => judged.marks[index] !== null && judged.marks[index] !== "right";
const passes = (index) => {
  if (filter() === "all" || judged === null) return true;
  return filter() === "wrong" ? isWrong(index) : judged.states[index] === filter();
};

// ---- all photos -------------------------------------------------------------------------------------------------

async function judge() {
  const strangers = element("strangers").valueAsNumber;
  if (!(strangers > 0)) return;
  const answer = await askJudged(`/judged?fpir=${step().fpir}&strangers_a_day=${strangers}`);
  if (answer === null) return;
  judged = answer;
  showCounts();
  judged.states.forEach(showThumbnail);
  element("previous").disabled = next(-1) === null;
  element("next").disabled = next(1) === null;
  if (judged.counts.looking > 0) setTimeout(judge, POLL_MS);
}

function showCounts() {
  const { counts, marked } = judged;
  const all = trial.photos.length;
  setText("count-all", all);
  setText("count-unlocked", counts.unlocked);
  setText("count-locked", counts.locked);
  setText("count-wrong", marked.false_entry + marked.false_rejection);
  setText("every", judged.false_entry_every);
  const known = marked.right + marked.false_entry + marked.false_rejection > 0;
  element("score").hidden = element("wrong").hidden = !known;
  setText("count-right", marked.right);
  setText("count-false-entry", marked.false_entry);
  setText("count-false-rejection", marked.false_rejection);
  element("progress").hidden = counts.looking === 0;
  element("bar").max = all;
  element("bar").value = all - counts.looking;
  setText("looked", `${(all - counts.looking).toLocaleString("en")} of ${all.toLocaleString("en")} looked at`);
}

function showThumbnail(state, index) {
  const button = element("strip").children[index];
  button.hidden = !passes(index);
  button.classList.toggle("wrong", isWrong(index));
  if (button.dataset.state === state) return;
  if (button.dataset.state === "looking") {
    const image = made("img", { alt: "", loading: "lazy", width: 64, height: 64 });
    image.src = `/photos/${index}/small.jpg`;
    button.prepend(image);
  }
  button.dataset.state = state;
  button.setAttribute("aria-label", `${trial.photos[index]}, ${state}`);
}

function makeStrip() {
  const buttons = trial.photos.map((name, index) => {
    const button = made("button", { type: "button", title: name, tabIndex: -1 });
    button.dataset.state = "looking";
    button.setAttribute("aria-label", `${name}, looking`);
    button.addEventListener("click", () => go(index));
    return button;
  });
  element("strip").replaceChildren(...buttons);
}

// ---- the photo --------------------------------------------------------------------------------------------------

/** The nearest photo in a direction that passes the filter, or null. */
function next(direction) {
  for (let index = current + direction; index >= 0 && index < trial.photos.length; index += direction) {
    if (passes(index)) return index;
  }
  return null;
}

function go(index) {
  if (index === null) return;
  const strip = element("strip");
  strip.children[current].removeAttribute("aria-current");
  strip.children[current].tabIndex = -1;
  const focused = strip.contains(document.activeElement);
  current = index;
  face = 0;
  const button = strip.children[current];
  button.setAttribute("aria-current", "true");
  button.tabIndex = 0;
  if (focused) button.focus({ preventScroll: true });
  strip.scrollTo({
    left: button.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2,
    top: button.offsetTop - (strip.clientHeight - button.offsetHeight) / 2,
  });
  history.replaceState(null, "", `#${current + 1}`);
  setText("position", `${(current + 1).toLocaleString("en")} of ${trial.photos.length.toLocaleString("en")}`);
  setText("name", trial.photos[current]);
  element("boxes").replaceChildren();
  // Until the new photo is there the old one is seen: the new boxes do not belong to it.
  element("picture").classList.add("loading");
  element("large").src = `/photos/${current}/large.jpg`;
  element("large").alt = `Photo ${trial.photos[current]}`;
  element("previous").disabled = next(-1) === null;
  element("next").disabled = next(1) === null;
  look();
}

async function look() {
  const answer = await askPhoto(`/photos/${current}?fpir=${step().fpir}`);
  if (answer === null) return;
  photo = answer;
  showVerdict();
  if (photo.state === "looking") setTimeout(look, POLL_MS / 3);
}

function showVerdict() {
  element("verdict").dataset.state = photo.state;
  setText("word", { unlocked: "Unlocked", locked: "Locked", looking: "Looking…" }[photo.state]);
  setText("headline", photo.state === "looking" ? "" : photo.headline);
  element("mark").hidden = photo.mark === null;
  element("mark").dataset.mark = photo.mark;
  setText("mark", photo.mark_why);
  showBoxes();
  showFace();
}

function showBoxes() {
  if (photo.size) {
    element("picture").style.setProperty("--ratio", photo.size.width / photo.size.height);
  }
  const boxes = photo.faces.map((one, index) => {
    const [left, top, width, height] = one.box;
    const box = made("span", { className: "box" });
    const sides = { left, top, width, height };
    for (const [side, part] of Object.entries(sides)) box.style.setProperty(side, `${part * 100}%`);
    box.dataset.outcome = one.outcome;
    box.classList.toggle("chosen", index === face);
    box.classList.toggle("rightmost", left > 0.6);
    box.classList.toggle("topmost", top < 0.1);
    const told = index === face || one.outcome === "matched";
    box.append(made("span", { textContent: told ? one.label : index + 1 }));
    box.addEventListener("click", () => choose(index));
    return box;
  });
  element("boxes").replaceChildren(...boxes);
}

function choose(index) {
  face = index;
  showBoxes();
  showFace();
}

function showFace() {
  const shown = photo.faces[face];
  const several = photo.faces.length > 1;
  element("which").hidden = !several;
  element("which").replaceChildren(...(several ? photo.faces.map(faceButton) : []));
  element("why").replaceChildren(
    ...(shown ? shown.why : [photo.why]).filter(Boolean).map((text) => made("li", { textContent: text })),
  );
  element("remarks").hidden = !shown?.remarks.length;
  element("remark-list").replaceChildren(...(shown?.remarks ?? []).map((text) => made("li", { textContent: text })));
  element("scale").hidden = !shown || shown.similarity === null;
  if (!element("scale").hidden) showScale(shown);
}

function faceButton(one, index) {
  const button = made("button", { type: "button", textContent: `${index + 1}. ${one.label}` });
  button.setAttribute("aria-pressed", String(index === face));
  button.addEventListener("click", () => {
    choose(index);
    element("which").children[index].focus();
  });
  return button;
}

function showScale(shown) {
  place("at", shown.similarity);
  place("given", shown.similarity);
  setText("given", `this face ${shown.similarity.toFixed(3)}`);
  showThreshold();
}

/** Where the threshold of the chosen rate lies: known before the server has judged anew. */
function showThreshold() {
  place("needed", step().threshold);
  place("beyond", step().threshold);
  setText("needed", `needed ${step().threshold.toFixed(3)}`);
}

function place(id, similarity) {
  const part = (similarity - trial.low) / (trial.high - trial.low);
  element(id).style.setProperty("--at", Math.min(Math.max(part, 0), 1));
}

// ---- the controls -----------------------------------------------------------------------------------------------

function showRate() {
  setText("rate-label", step().label);
  element("rate").setAttribute("aria-valuetext", `${step().label} strangers`);
  setText("counted", step().fitted ? "Rarer than could be counted: this threshold continues the measured curve." : "");
  showThreshold();
}

function soon() {
  clearTimeout(later);
  later = setTimeout(() => {
    judge();
    look();
  }, DEBOUNCE_MS);
}

function onKey(event) {
  const keys = { ArrowLeft: () => next(-1), ArrowRight: () => next(1) };
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
  if (event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  go(keys[event.key]());
}

async function start() {
  trial = await askTrial("/trial");
  if (trial === null) return;
  makeStrip();
  element("rate").max = trial.steps.length - 1;
  element("rate").value = trial.start;
  element("rate").disabled = false;
  element("rate").addEventListener("input", () => {
    showRate();
    soon();
  });
  element("strangers").addEventListener("input", soon);
  element("previous").addEventListener("click", () => go(next(-1)));
  element("next").addEventListener("click", () => go(next(1)));
  element("large").addEventListener("load", () => element("picture").classList.remove("loading"));
  document.addEventListener("keydown", onKey);
  for (const choice of document.querySelectorAll("input[name=filter]")) {
    choice.addEventListener("change", () => {
      judged?.states.forEach(showThumbnail);
      if (!passes(current)) go(next(1) ?? next(-1));
      else go(current);
    });
  }
  showRate();
  const asked = Number(location.hash.slice(1));
  go(asked >= 1 && asked <= trial.photos.length ? asked - 1 : 0);
  judge();
}

start();
