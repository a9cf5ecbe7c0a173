// One event on a page of its own.
import {wire} from "./event_actions.js";

const content = document.querySelector("#details-content");
wire(content, Number(content.querySelector("article").dataset.sequence), () => {});
