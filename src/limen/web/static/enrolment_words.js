// What the guide says, in words.
import {t} from "./app.js";

export const instructions = {
  look_here: t("Look into the camera"),
  one_face: t("Only one face"),
  closer: t("Move closer"),
  back: t("Move back"),
  centre: t("Move to the centre"),
  too_dark: t("Too dark: more light from the front"),
  too_bright: t("Too bright: less light"),
  straight: t("Look straight"),
  left: t("Turn your head left"),
  right: t("Turn your head right"),
  up: t("Look up"),
  down: t("Look down"),
  more: t("A little further"),
  less: t("Back a little"),
  still: t("Hold still"),
  stay: t("Good, stay like this"),
  captured: t("Got it"),
  another_person: t("Another person: starting again"),
  done: t("All done"),
};

export const directions = {
  straight: t("Straight"), left: t("Left"), right: t("Right"), up: t("Up"), down: t("Down"),
};

export const looks = {
  first: "", fresh: t("Fresh look"), glasses: t("With glasses"), no_glasses: t("Without glasses"), light: t("In another light"),
};

export const glassesHints = {
  glasses: t("Put your glasses on."),
  no_glasses: t("Take your glasses off."),
  light: t("Go where the light is other than last time: nearer to a window, or to a lamp."),
};

export const stepNames = {
  who: t("Who"), consent: t("Consent"), ready: t("Get ready"), capture: t("Capture"), review: t("Look over"), try: t("Try it"), upload: t("Photos"), link: t("Link"), done: t("Done"),
};
