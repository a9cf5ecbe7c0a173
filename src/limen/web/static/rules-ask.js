// Who can open what: names to choose from.
import {PersonField} from "./rules-say.js";

const input = document.querySelector("#person");
if (input) new PersonField(input);
