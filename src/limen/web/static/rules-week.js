// Hours of the week as bars and as time fields, which say the same at all times.
import {icon, say, t} from "./app.js";

const DAY = 1440, SNAP = 15;

/** Minutes as 08:00; 24:00 only where `late`. */
export function clock(minutes, late = false) {
  const m = minutes === DAY && late ? DAY : minutes % DAY;
  return `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
}

/** {start, end} in minutes; the end is over 1440 where it is on the next day. */
export function spanOf(start, end) {
  const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const first = minutes(start), last = minutes(end);
  return {start: first, end: last > first ? last : last + DAY};
}

/** As the API has it. */
export function hoursOf(spans) {
  return spans.map(({start, end}) => ({start: clock(start), end: end === DAY ? "24:00" : clock(end)}));
}

/** In order, and those that touch or overlap as one. */
export function merged(spans) {
  const found = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last && span.start <= last.end) last.end = Math.min(Math.max(last.end, span.end), last.start + DAY);
    else found.push({...span});
  }
  return found;
}

export function words({start, end}) {
  return `${clock(start)}–${clock(end, true)}${end > DAY ? ` (${t("next day")})` : ""}`;
}

const snapped = (minutes) => Math.round(minutes / SNAP) * SNAP;
const between = (low, value, high) => Math.min(Math.max(value, low), high);

function made(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), {className, ...properties});
}

/** Rows of start and end, to type in. `onChange(spans)` hears of each change. */
export class SpanFields {
  constructor(root, label, onChange) {
    Object.assign(this, {root, label, onChange, spans: []});
  }

  show(spans) {
    this.spans = spans;
    this.root.replaceChildren(...spans.map((span, at) => this.line(span, at)), this.adder());
  }

  line(span, at) {
    const line = made("div", "span-line");
    const field = (which, text) => {
      const input = made("input", "", {type: "time", value: clock(span[which]), required: true, step: 60});
      input.setAttribute("aria-label", `${this.label}: ${text}`);
      input.addEventListener("change", () => this.typed(at, line));
      return input;
    };
    const note = made("span", "small", {textContent: this.note(span)});
    const remove = made("button", "quiet square", {type: "button"});
    remove.setAttribute("aria-label", t("{day}: remove {hours}", {day: this.label, hours: words(span)}));
    remove.append(icon("cross"));
    remove.addEventListener("click", () => { this.change(this.spans.filter((_, other) => other !== at)); this.root.querySelector(".span-add").focus(); });
    line.append(field("start", t("from")), made("span", "dash", {textContent: "–"}), field("end", t("until")), remove, note);
    return line;
  }

  note({start, end}) {
    if (end === DAY) return t("midnight");
    return end > DAY ? t("next day") : "";
  }

  adder() {
    const add = made("button", "quiet span-add", {type: "button"});
    add.append(icon("plus"), made("span", "", {textContent: t("Hours")}));
    add.setAttribute("aria-label", t("{day}: add hours", {day: this.label}));
    add.addEventListener("click", () => {
      const last = Math.min(this.spans.at(-1)?.end ?? 480, 1380);
      const start = this.spans.length ? Math.min(snapped(last) + 60, 1380) : 480;
      this.change([...this.spans, {start, end: this.spans.length ? Math.min(start + 60, DAY) : 1080}]);
      this.root.querySelectorAll(".span-line:last-of-type input")[0]?.focus();
    });
    return add;
  }

  typed(at, line) {
    const [start, end] = line.querySelectorAll("input");
    if (!start.value || !end.value) return;
    const span = spanOf(start.value, end.value);
    line.querySelector(".small").textContent = this.note(span);
    this.change(this.spans.map((old, other) => (other === at ? span : old)), true);
  }

  /** `inPlace`: somebody is typing, so the fields stay as they are. */
  change(spans, inPlace = false) {
    if (inPlace) this.spans = spans; else this.show(spans);
    this.onChange(spans);
  }
}

/** A day: its bars, its fields. */
class DayRow {
  constructor(editor, day) {
    Object.assign(this, {editor, day, spans: []});
    this.root = made("section", "day");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", day.long);
    const head = made("div", "day-head");
    head.append(made("h3", "", {textContent: day.long}), this.copier());
    this.track = made("div", "track");
    this.fields = new SpanFields(made("div", "spans"), day.long, (spans) => { this.spans = spans; this.draw(); editor.changed(this); });
    this.root.append(head, this.track, this.fields.root);
    this.track.addEventListener("pointerdown", (event) => this.press(event));
  }

  copier() {
    const copy = made("button", "quiet square", {type: "button", title: t("Copy to other days")});
    copy.setAttribute("aria-label", t("Copy the hours of {day} to other days", {day: this.day.long}));
    copy.append(icon("copy"));
    copy.addEventListener("click", () => this.editor.copy(this));
    return copy;
  }

  set(spans) {
    this.spans = spans;
    this.fields.show(spans);
    this.draw();
  }

  /** Bars and the ends of the night before. */
  draw() {
    const kept = this.track.contains(document.activeElement) ? {...document.activeElement.dataset} : null;
    this.track.replaceChildren(
      ...[6, 12, 18].map((hour) => place(made("span", "hour"), hour * 60, 0)),
      ...this.editor.tails(this.day).map((end) => place(made("span", "tail", {title: t("From the night before")}), 0, end)),
      ...this.spans.flatMap((span, at) => this.bar(span, at)),
    );
    if (kept) this.track.querySelector(`[data-at="${kept.at}"][data-end="${kept.end}"]`)?.focus();
  }

  bar(span, at) {
    const end = Math.min(span.end, DAY);
    const bar = place(made("div", "bar"), span.start, end);
    bar.dataset.at = at;
    if (span.end > DAY) bar.classList.add("over");
    bar.append(made("span", "", {textContent: words(span)}));
    return [bar, this.thumb(span, at, "start"), this.thumb(span, at, "end")];
  }

  thumb(span, at, end) {
    const thumb = place(made("span", `thumb ${end}`), end === "start" ? span.start : Math.min(span.end, DAY), null);
    thumb.dataset.at = at;
    thumb.dataset.end = end;
    thumb.tabIndex = 0;
    thumb.setAttribute("role", "slider");
    thumb.setAttribute("aria-label", end === "start" ? t("{day}: begins", {day: this.day.long}) : t("{day}: ends", {day: this.day.long}));
    thumb.setAttribute("aria-valuemin", end === "start" ? 0 : span.start + 1);
    thumb.setAttribute("aria-valuemax", end === "start" ? Math.min(span.end, DAY) - 1 : span.start + DAY);
    thumb.setAttribute("aria-valuenow", span[end]);
    thumb.setAttribute("aria-valuetext", words(span));
    thumb.addEventListener("keydown", (event) => this.key(event, at, end));
    return thumb;
  }

  key(event, at, end) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = {ArrowLeft: -SNAP, ArrowDown: -SNAP, ArrowRight: SNAP, ArrowUp: SNAP, PageDown: -60, PageUp: 60}[event.key];
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.commit(this.spans.filter((_, other) => other !== at));
      (this.track.querySelector(".thumb") ?? this.fields.root.querySelector(".span-add")).focus();
      say(t("Removed"));
    } else if (step !== undefined) {
      event.preventDefault();
      const span = this.spans[at];
      const moved = event.shiftKey ? shift(span, step) : stretch(span, end, toward(span[end], step));
      this.commit(this.spans.map((old, other) => (other === at ? moved : old)), {merge: false});
      say(words(moved));
    }
  }

  press(event) {
    if (event.button !== 0) return;
    const box = this.track.getBoundingClientRect();
    const at = (one) => ((one.clientX - box.left) / box.width) * DAY;
    const target = event.target.closest("[data-at]");
    const from = at(event);
    const index = target ? Number(target.dataset.at) : this.spans.length;
    const before = target ? this.spans[index] : null;
    const end = target?.dataset.end ?? (target ? nearEnd(target.getBoundingClientRect(), event.clientX) : undefined);
    const others = this.spans;
    let moved = false;
    const move = (one) => {
      const now = at(one);
      if (!moved && Math.abs(one.clientX - event.clientX) < 4) return;
      moved = true;
      const span = !before ? drawn(from, now) : end ? stretch(before, end, snapped(before[end] + now - from)) : shift(before, snapped(before.start + now - from) - before.start);
      this.spans = before ? others.map((old, other) => (other === index ? span : old)) : [...others, span];
      this.draw();
      this.fields.show(this.spans);
    };
    const ended = new AbortController();
    const stop = () => {
      ended.abort();
      if (moved) this.commit(this.spans);
      else if (!before) this.commit([...others, hourAt(from)]);
      else this.track.querySelector(`[data-at="${index}"][data-end="${end ?? "start"}"]`)?.focus();
    };
    const cancel = () => { ended.abort(); this.set(others); };
    // A finger that goes up or down scrolls the page: the browser then takes the pointer away.
    this.track.setPointerCapture(event.pointerId);
    const {signal} = ended;
    this.track.addEventListener("pointermove", move, {signal});
    this.track.addEventListener("pointerup", stop, {signal});
    this.track.addEventListener("pointercancel", cancel, {signal});
  }

  commit(spans, {merge = true} = {}) {
    this.set(merge ? merged(spans) : spans);
    this.editor.changed(this);
  }
}

function place(element, start, end) {
  element.style.left = `${(start / DAY) * 100}%`;
  if (end !== null) element.style.width = `${((end - start) / DAY) * 100}%`;
  return element;
}

/** To the next quarter of an hour in that direction. */
function toward(minutes, step) {
  const away = minutes % SNAP;
  return away === 0 ? minutes + step : minutes - away + (step > 0 ? SNAP : 0);
}

function shift(span, by) {
  const start = between(0, span.start + by, DAY - SNAP);
  return {start, end: span.end + start - span.start};
}

function stretch(span, end, to) {
  if (end === "start") return {start: between(Math.max(0, span.end - DAY), to, Math.min(span.end, DAY) - 1), end: span.end};
  return {start: span.start, end: between(span.start + 1, to, span.start + DAY)};
}

function drawn(from, to) {
  const [low, high] = [snapped(between(0, Math.min(from, to), DAY)), snapped(between(0, Math.max(from, to), DAY))];
  const start = Math.min(low, DAY - SNAP);
  return {start, end: Math.max(high, start + SNAP)};
}

/** Which end of a bar is meant by a press near it; its middle is the bar itself. */
function nearEnd(bar, x) {
  const reach = Math.min(14, bar.width / 3);
  if (x - bar.left < reach) return "start";
  return bar.right - x < reach ? "end" : undefined;
}

function hourAt(minutes) {
  const start = between(0, Math.floor(minutes / 60) * 60, DAY - 60);
  return {start, end: start + 60};
}

/** All days. `onChange()` hears of each change; `value` is the week as the API has it. */
export class WeekEditor {
  constructor(root, days, onChange) {
    Object.assign(this, {onChange});
    const scale = made("div", "scale");
    scale.setAttribute("aria-hidden", "true");
    scale.append(made("span"), made("div", "hours"), made("span"));
    scale.children[1].append(...[0, 6, 12, 18, 24].map((hour) => place(made("span", "", {textContent: `${hour}`}), hour * 60, null)));
    this.rows = days.map((day) => new DayRow(this, day));
    root.replaceChildren(scale, ...this.rows.map((row) => row.root));
  }

  get value() {
    return Object.fromEntries(this.rows.map((row) => [row.day.id, hoursOf(merged(row.spans))]));
  }

  set value(week) {
    for (const row of this.rows) row.spans = (week[row.day.id] ?? []).map(({start, end}) => spanOf(start, end === "24:00" ? "00:00" : end));
    for (const row of this.rows) row.set(row.spans);
  }

  /** Until which minute the hours of the day before reach into this one. */
  tails(day) {
    const at = this.rows.findIndex((row) => row.day === day);
    if (day.id === "holiday") return [];
    const before = this.rows[(at + 6) % 7];
    return before.spans.filter((span) => span.end > DAY).map((span) => span.end - DAY);
  }

  changed(row) {
    const at = this.rows.indexOf(row);
    if (at < 7) this.rows[(at + 1) % 7].draw();
    this.onChange();
  }

  /** Ask to which days, and copy. */
  copy(row) {
    const dialog = made("dialog", "");
    dialog.setAttribute("aria-labelledby", "copy-title");
    const form = made("form", "stack", {method: "dialog"});
    const boxes = this.rows.filter((other) => other !== row).map((other) => {
      const label = made("label", "check");
      const box = made("input", "", {type: "checkbox", value: other.day.id, checked: other.day.id !== "holiday" && isWorkday(other.day) === isWorkday(row.day)});
      label.append(box, made("span", "", {textContent: other.day.long}));
      return label;
    });
    const choices = made("div", "copy-days");
    choices.append(...boxes);
    const line = made("div", "row");
    line.append(made("button", "quiet", {value: "", textContent: t("Cancel")}), made("button", "primary", {value: "copy", textContent: t("Copy")}));
    form.append(made("h2", "", {id: "copy-title", textContent: t("Copy the hours of {day} to", {day: row.day.long})}), choices, line);
    dialog.append(form);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      const chosen = new Set([...dialog.querySelectorAll("input:checked")].map((box) => box.value));
      dialog.remove();
      if (dialog.returnValue !== "copy") return;
      for (const other of this.rows) if (chosen.has(other.day.id)) other.set(row.spans.map((span) => ({...span})));
      for (const other of this.rows) other.draw();
      this.onChange();
    });
    dialog.showModal();
  }
}

function isWorkday(day) {
  return !["sat", "sun", "holiday"].includes(day.id);
}
