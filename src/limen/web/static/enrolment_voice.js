// The guide aloud, where the browser can speak and somebody wants it.

/** `button` turns the voice on and off; `current()` is what is said at once. Returns what says a text, if it is on. */
export function initVoice(button, current) {
  const on = () => button.getAttribute("aria-pressed") === "true";
  button.hidden = !("speechSynthesis" in window);
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", !on());
    on() ? speak(current()) : speechSynthesis.cancel();
  });

  function speak(words) {
    if (!on()) return;
    speechSynthesis.cancel();
    speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(words), {lang: document.documentElement.lang}));
  }
  return speak;
}
