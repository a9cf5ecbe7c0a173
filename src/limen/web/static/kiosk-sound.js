// Sounds of a display, made here: each state that matters has its own, told apart also by those who do not look.
const tones = {
  looking: [[660, 0, .05, .05]],
  granted: [[523, 0, .14, .25], [784, .13, .3, .25]],
  open: [[523, 0, .12, .2], [659, .11, .12, .2], [784, .22, .25, .2]],
  denied: [[196, 0, .22, .3, "square"], [165, .26, .34, .3, "square"]],
  locked_out: [[220, 0, .12, .25, "square"], [220, .2, .12, .25, "square"], [220, .4, .12, .25, "square"]],
  offline: [[440, 0, .18, .15], [330, .18, .18, .15], [247, .36, .3, .15]],
};

let context;

/** Let sounds be heard: browsers want a touch first. Resolves to whether they can be. */
export async function wake() {
  context ??= new AudioContext();
  // Without a touch it does not answer at all.
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 200))]);
  return context.state === "running";
}

/** The sound of a state, where it has one. */
export function sound(state) {
  if (context?.state !== "running") return;
  for (const [pitch, from, length, loud, shape = "sine"] of tones[state] ?? []) {
    const [wave, volume, start] = [context.createOscillator(), context.createGain(), context.currentTime + from];
    wave.type = shape;
    wave.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(shape === "square" ? loud / 3 : loud, start + .015);
    volume.gain.exponentialRampToValueAtTime(.0001, start + length);
    wave.connect(volume).connect(context.destination);
    wave.start(start);
    wave.stop(start + length + .02);
  }
}
