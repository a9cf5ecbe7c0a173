// The ring around the picture: a circle for straight, four arcs for the directions, and how long to hold still.
const arcs = {up: 45, right: 135, down: 225, left: 315};
const outer = 94, inner = 84;

function arc(radius, from, to) {
  const at = (degrees) => [100 + radius * Math.sin(degrees * Math.PI / 180), 100 - radius * Math.cos(degrees * Math.PI / 180)];
  const [x1, y1] = at(from), [x2, y2] = at(to);
  return `M${x1.toFixed(2)} ${y1.toFixed(2)}A${radius} ${radius} 0 0 1 ${x2.toFixed(2)} ${y2.toFixed(2)}`;
}

function path(svg, kind, d, width) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
  made.setAttribute("class", kind);
  made.setAttribute("d", d);
  made.setAttribute("stroke-width", width);
  made.setAttribute("pathLength", 100);
  svg.append(made);
  return made;
}

/** The drawing in `svg`; `show(guidance)` brings it up to date. */
export class Ring {
  constructor(svg) {
    this.parts = {};
    svg.replaceChildren();
    for (const [direction, start] of Object.entries(arcs)) this.#add(svg, direction, arc(outer, start - 86, start - 4), 7);
    // Two halves: an arc of a whole circle is none.
    this.#add(svg, "straight", arc(inner + 2.5, 0, 180) + arc(inner + 2.5, 180, 360).replace(/^M[^A]+/, ""), 4);
    this.hold = path(svg, "hold", arc(inner - 2, 0, 180) + arc(inner - 2, 180, 360).replace(/^M[^A]+/, ""), 2.5);
    this.#fill(this.hold, 0);
  }

  show({progress, wanted, holding}) {
    const turned = Object.keys(progress).some((direction) => direction in arcs);
    for (const [direction, {track, fill}] of Object.entries(this.parts)) {
      const part = progress[direction] ?? 0;
      track.toggleAttribute("data-wanted", direction === wanted && (turned || direction in arcs));
      for (const one of [track, fill]) one.style.display = direction in progress || direction === "straight" ? "" : "none";
      this.#fill(fill, part);
    }
    this.#fill(this.hold, holding);
  }

  #add(svg, direction, d, width) {
    this.parts[direction] = {track: path(svg, "track", d, width), fill: path(svg, "fill", d, width)};
  }

  #fill(one, part) {
    one.style.strokeDasharray = `${(100 * part).toFixed(1)} 200`;
    one.style.visibility = part > 0 ? "visible" : "hidden";
  }
}
