// The camera of this browser, and a socket that shows the server what it sees.
import {t} from "./app.js";

/** A camera that cannot be used: `kind` is insecure, refused, none, busy or other; the message says what to do. */
export class CameraProblem extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const problems = {
  insecure: () => t("This browser gives its camera to secure pages only. Open this page with https, or on the machine itself as http://localhost."),
  refused: () => t("The camera was refused. Allow it for this page: in the browser's address bar, or in the settings of the phone."),
  none: () => t("No camera was found. Plug one in, or use another device."),
  busy: () => t("The camera is used by another program. Close that, then try again."),
  other: () => t("The camera cannot be opened. Plug it in again, or restart the browser."),
};
const kinds = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", DevicesNotFoundError: "none",
  OverconstrainedError: "none", NotReadableError: "busy", TrackStartError: "busy", AbortError: "busy",
};

const problem = (kind) => new CameraProblem(kind, problems[kind]());

async function granted(constraints) {
  try {
    return await navigator.mediaDevices.getUserMedia({audio: false, video: constraints});
  } catch (error) {
    throw problem(kinds[error.name] ?? "other");
  }
}

/**
 * Show the camera in `video`. `facing` is user or environment; `device` names one camera, as cameras() does.
 * `onLost` is called once when the camera goes away by itself. Resolves to {stop(), label, device}; throws CameraProblem.
 */
export async function openCamera(video, {facing = "user", device, width = 1280, height = 720, onLost = () => {}} = {}) {
  if (!navigator.mediaDevices?.getUserMedia) throw problem(isSecureContext ? "none" : "insecure");
  const stream = await granted({
    width: {ideal: width}, height: {ideal: height}, frameRate: {ideal: 30},
    ...(device ? {deviceId: {exact: device}} : {facingMode: {ideal: facing}}),
  });
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => onLost(), {once: true});
  Object.assign(video, {srcObject: stream, muted: true, playsInline: true});
  try {
    await video.play();
  } catch {
    // Starts with the first touch where the browser waits for one.
  }
  return {
    label: track.label,
    device: track.getSettings().deviceId,
    stop() {
      stream.getTracks().forEach((one) => one.stop());
      if (video.srcObject === stream) video.srcObject = null;
    },
  };
}

/** The cameras there are, as {device, label}; labels are empty until a camera was allowed once. */
export async function cameras() {
  const devices = await navigator.mediaDevices?.enumerateDevices?.() ?? [];
  return devices.filter(({kind}) => kind === "videoinput").map(({deviceId, label}) => ({device: deviceId, label}));
}

const canvas = document.createElement("canvas");

/** The picture of this moment as a JPEG, at most `widest` pixels wide; null where there is none. */
export function snapshot(video, {widest = 640, quality = .8} = {}) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return Promise.resolve(null);
  const scale = Math.min(1, widest / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d", {alpha: false}).drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

const waits = [300, 1000, 2000, 4000, 8000];
const longestSilence = 10000;

/**
 * A WebSocket that sends the newest picture of `video`, `fps` a second at most, and never queues: a picture is made
 * only when the one before was answered, however long that takes: what waits on its way would be old when it comes.
 * A server that counts the pictures it `received` can say other things before it answers. Opens again by itself after
 * any loss.
 *
 * `onMessage(object)` gets each JSON message, `onState("open" | "lost" | "refused", event)` how it stands. `video` may be
 * null: then it only listens. A server that says nothing for ten seconds counts as lost.
 */
export class FrameSocket {
  constructor(url, {video = null, fps = 5, widest = 640, quality = .8, onMessage = () => {}, onState = () => {}} = {}) {
    Object.assign(this, {url, video, fps, widest, quality, onMessage, onState});
    this.sent = this.skipped = this.tries = 0;
    this.paused = this.stopped = false;
  }

  start() {
    this.stopped = false;
    this.#open();
    return this;
  }

  /** Close for good, until `start`. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.#leave();
  }

  /** Send an object as JSON; whether it was sent. */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  #open() {
    const socket = new WebSocket(new URL(this.url, location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heard = performance.now();
    this.outstanding = false;
    this.sentHere = 0;
    socket.onopen = () => { this.tries = 0; this.onState("open"); };
    socket.onmessage = ({data}) => {
      this.heard = performance.now();
      const message = JSON.parse(data);
      if (!(message.received < this.sentHere)) this.outstanding = false;
      this.onMessage(message);
    };
    socket.onclose = (event) => { if (this.socket === socket) this.#lost(event); };
    this.beat = setInterval(() => this.#tick(), 1000 / this.fps);
  }

  #leave() {
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  #lost(event) {
    this.#leave();
    // 1008: we may not, or another display took our place; asking on and on would not help.
    const refused = event?.code === 1008;
    this.onState(refused ? "refused" : "lost", event);
    if (this.stopped) return;
    const wait = refused ? waits.at(-1) : waits[Math.min(this.tries++, waits.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#open(), wait * (.8 + .4 * Math.random()));
  }

  async #tick() {
    const socket = this.socket;
    if (performance.now() - this.heard > longestSilence) return this.#lost();
    if (socket?.readyState !== WebSocket.OPEN || !this.video || this.paused || this.making) return;
    if (this.outstanding || socket.bufferedAmount > 0) { this.skipped++; return; }
    this.making = true;
    try {
      const jpeg = await snapshot(this.video, this);
      if (jpeg && this.socket === socket && socket.readyState === WebSocket.OPEN) {
        socket.send(jpeg);
        this.outstanding = true;
        this.sent++;
        this.sentHere++;
      }
    } finally {
      this.making = false;
    }
  }
}
