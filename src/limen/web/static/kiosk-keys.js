// Digits at a display: typed on its pad or a keyboard, or sent by a card reader that types.
import {t} from "./app.js";

const reader = 45;
const longest = 12;
const forgotten = 20000;

/** The pad: first the number, then the PIN; `onCredentials({number, pin})`. Forgets what was typed after a while. */
export class Pad {
  constructor(dialog, onCredentials) {
    Object.assign(this, {dialog, onCredentials, digits: "", number: null});
    dialog.addEventListener("click", ({target}) => this.press(target.closest("[data-key]")?.dataset.key));
    dialog.addEventListener("close", () => this.#clear());
  }

  open() {
    this.#clear();
    this.dialog.showModal();
    this.#show();
    // A digit has the focus, not a button that ends it all.
    this.dialog.querySelector("[data-key='5']").focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  press(key) {
    if (key === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), forgotten);
    if (key === "close") return this.close();
    if (key === "back") this.digits = this.digits.slice(0, -1);
    else if (key === "ok") return this.#next();
    else if (this.digits.length < longest) this.digits += key;
    this.#show();
  }

  /** What a card reader typed into it by mistake. */
  takeBack(count) {
    this.digits = this.digits.slice(0, this.digits.length - count);
    this.#show();
  }

  #next() {
    if (!this.digits) return;
    if (this.number === null) {
      [this.number, this.digits] = [this.digits, ""];
      return this.#show();
    }
    const credentials = {number: this.number, pin: this.digits};
    this.close();
    this.onCredentials(credentials);
  }

  #clear() {
    clearTimeout(this.timer);
    [this.digits, this.number] = ["", null];
    this.#show();
  }

  #show() {
    const find = (id) => this.dialog.querySelector(id);
    const pin = this.number !== null;
    find("#pad-title").textContent = pin ? t("Your PIN") : t("Your number");
    find("#typed").textContent = pin ? "•".repeat(this.digits.length) : this.digits;
    // Digits are not said aloud: others may listen.
    find("#typed-said").textContent = this.dialog.open ? t("{n} digits", {n: this.digits.length}) : "";
  }
}

/** Hear every key: a card reader types a line faster than anybody can, and ends it with Enter. */
export function listen(pad, onCard) {
  let line = "", last = 0, slowest = 0, inPad = 0;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("input, #own")) return;
    const gap = event.timeStamp - last;
    last = event.timeStamp;
    if (event.key === "Enter") {
      const card = line.length >= 4 && slowest < reader && gap < 2 * reader;
      const typed = line;
      [line, slowest] = ["", 0];
      if (card) {
        event.preventDefault();
        if (pad.dialog.open) pad.takeBack(inPad);
        pad.close();
        onCard(typed);
      } else if (pad.dialog.open && !event.target.closest("[data-key]:not([data-key='5'])")) {
        event.preventDefault();
        pad.press("ok");
      }
      return;
    }
    if (event.key.length === 1 && /[0-9a-fA-F,:*#]/.test(event.key)) {
      if (line === "" || gap > 500) [line, slowest, inPad] = ["", 0, 0];
      else slowest = Math.max(slowest, gap);
      line += event.key;
      if (pad.dialog.open && /[0-9]/.test(event.key)) { pad.press(event.key); inPad++; }
    } else if (event.key === "Backspace" && pad.dialog.open) {
      pad.press("back");
    }
  });
}
