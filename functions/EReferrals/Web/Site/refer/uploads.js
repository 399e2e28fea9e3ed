/** @import { Field } from "../parts/field.js" */
import { get, secondsIn } from "../api/client.js";
import { ApiError, asApiError } from "../api/problem.js";
import { actingHeaders, hasExpired, noteExpired, sessionEvents } from "../auth/session.js";
import { fill, h, isolated, refill, say } from "../core/dom.js";
import { fileSize } from "../core/words.js";
import { explain } from "../parts/failure.js";

const largest = 5_242_880;
const patience = 120_000;

/** @type {Record<string, string>} */
const types = {
  txt: "text/plain", pdf: "application/pdf", xml: "text/xml", rtf: "text/rtf", rtx: "text/rtf", png: "image/png", gif: "image/gif", jpg: "image/jpeg",
  jpe: "image/jpeg", jpeg: "image/jpeg", tif: "image/tiff", tiff: "image/tiff", doc: "application/msword", dcm: "application/dicom", mp3: "audio/mpeg",
  au: "audio/basic", mpg: "video/mpeg", mpe: "video/mpeg", mpeg: "video/mpeg",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};

/**
 * @typedef {object} Upload
 * @property {string} name
 * @property {number} size
 * @property {File | null} file Null for a letter that the referral has already.
 * @property {string} key The Idempotency-Key: the same for every attempt to send this file.
 * @property {string | null} id
 * @property {"sending" | "failed" | "refused" | "PENDING" | "AVAILABLE" | "THREATS_FOUND" | "VALIDATION_FAILED"} state
 * @property {number} progress
 * @property {string} problem
 * @property {boolean} [isRemoved]
 */

/** What was uploaded while the page is open, by its id, so that a form that is opened again still has its letters. @type {Map<string, Upload>} */
const known = new Map();

/**
 * A question for letters: choose or drop files. Each is sent at once, and again when the connection was lost.
 * @param {{ label: string, existing?: { id: string, name: string, size: number, status: string }[], ubrn?: string }} question
 * @returns {Field & { isBusy: () => boolean, dispose: () => void }}
 */
export function uploadField({ label, existing = [], ubrn }) {
  /** @type {Upload[]} */
  let uploads = existing.map((file) => ({ ...file, file: null, key: "", progress: 1, problem: "", state: /** @type {any} */ (file.status) }));
  const id = "letters-input";
  const input = h("input", { class: "nhsuk-file-upload", type: "file", multiple: true, id, "aria-describedby": "letters-hint",
    accept: Object.keys(types).map((extension) => `.${extension}`).join(","), onchange: () => {
      add([...(input.files ?? [])]);
      input.value = "";
    } });
  const list = h("ul", { class: "app-uploads" });
  const error = h("span", { class: "nhsuk-error-message", id: "letters-error", hidden: true });
  const drop = h("div", { class: "app-drop", ondragover: (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    drop.classList.add("app-drop--over");
  }, ondragleave: () => drop.classList.remove("app-drop--over"), ondrop: (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    drop.classList.remove("app-drop--over");
    add([...(event.dataTransfer?.files ?? [])]);
  } }, h("label", { class: "nhsuk-label app-question", for: id }, label),
  h("div", { class: "nhsuk-hint", id: "letters-hint" }, "Choose files, or drop them here. PDF, Word, text or pictures, at most 5 MB each."), error, input);
  const element = h("div", { class: "nhsuk-form-group" }, drop, list);
  const again = () => uploads.filter((upload) => upload.state === "failed").forEach(send);
  window.addEventListener("online", again);
  sessionEvents.addEventListener("renewed", again);
  /** @type {Set<number>} */
  const timers = new Set();

  /** @param {File[]} files */
  function add(files) {
    for (const file of files) {
      /** @type {Upload} */
      const upload = { name: file.name, size: file.size, file, key: crypto.randomUUID(), id: null, state: "sending", progress: 0, problem: "" };
      uploads.push(upload);
      const extension = file.name.split(".").at(-1)?.toLowerCase() ?? "";
      if (!(extension in types)) refuse(upload, "This kind of file is not taken. Save it as PDF, then try again.");
      else if (file.size > largest) refuse(upload, `The file has ${fileSize(file.size)}. At most 5 MB are taken.`);
      else if (file.size === 0) refuse(upload, "The file is empty.");
      else send(upload);
    }

    show();
  }

  /** @param {Upload} upload @param {string} why */
  function refuse(upload, why) {
    upload.state = "refused";
    upload.problem = why;
    say(`${upload.name}: ${why}`);
  }

  /** @param {Upload} upload */
  async function send(upload) {
    if (upload.isRemoved || !upload.file) return;
    upload.state = "sending";
    upload.problem = "";
    show();
    try {
      const receipt = await transmit(upload, ubrn, () => showProgress(upload));
      upload.id = receipt.id;
      upload.state = receipt.status;
      known.set(receipt.id, upload);
      element.dispatchEvent(new Event("change", { bubbles: true }));
      say(`${upload.name} is uploaded.`);
      watch(upload);
    } catch (failed) {
      const found = asApiError(failed);
      const detail = found.errors.map((one) => one.message).join(" ") || explain(found).title;
      if (found.isPassing || found.status === 401) {
        upload.state = "failed";
        upload.problem = `It was not sent: ${detail}. It is sent again by itself.`;
        later(() => upload.state === "failed" && send(upload), Math.min(found.retryAfter ?? 5, 120) * 1000);
      } else refuse(upload, detail);
    }

    show();
  }

  /** @param {Upload} upload */
  function watch(upload) {
    if (upload.state !== "PENDING") return;
    later(async () => {
      try {
        upload.state = (await get(`/v1/attachments/${upload.id}/status`)).data.status;
        if (upload.state !== "PENDING") show();
      } catch {
        // Another attempt follows.
      }

      watch(upload);
    }, 2_000);
  }

  /** @param {() => void} action @param {number} after */
  function later(action, after) {
    const timer = window.setTimeout(() => {
      timers.delete(timer);
      action();
    }, after);
    timers.add(timer);
  }

  function show() {
    refill(list, uploads.map((upload, index) => h("li", { class: "app-upload", "data-state": upload.state },
      h("div", null, isolated(upload.name), " ", h("span", { class: "app-minor" }, fileSize(upload.size))),
      upload.state === "sending" ? h("progress", { max: 1, value: upload.progress, "aria-label": `Sending ${upload.name}`, "data-index": index }) : null,
      h("div", { class: upload.problem ? "nhsuk-error-message" : "app-minor" }, upload.problem ? isolated(upload.problem) : stateTexts[upload.state]),
      h("button", { type: "button", class: "app-plain", onclick: () => {
        upload.isRemoved = true;
        uploads = uploads.filter((one) => one !== upload);
        show();
        element.dispatchEvent(new Event("change", { bubbles: true }));
        input.focus();
      } }, "Remove", h("span", { class: "nhsuk-u-visually-hidden" }, ` ${upload.name}`)))));
  }

  /** @param {Upload} upload */
  function showProgress(upload) {
    const bar = list.querySelector(`progress[data-index="${uploads.indexOf(upload)}"]`);
    if (bar instanceof HTMLProgressElement) bar.value = upload.progress;
  }

  show();
  return {
    name: "attachments", id, label, element, focusId: id,
    // A file that was refused too: whoever chose it must not believe that it went with the rest.
    isBusy: () => uploads.some((upload) => ["sending", "failed", "refused"].includes(upload.state)),
    value: () => {
      const ids = uploads.map((upload) => upload.id).filter(Boolean);
      return ids.length > 0 ? ids : undefined;
    },
    set: (ids) => {
      const missing = /** @type {string[]} */ (ids ?? []).filter((one) => !uploads.some((upload) => upload.id === one));
      uploads.push(.../** @type {Upload[]} */ (missing.map((one) => known.get(one)).filter(Boolean)));
      uploads.forEach(watch);
      show();
    },
    setError: (message) => {
      error.hidden = message === null;
      fill(error, message === null ? "" : [h("span", { class: "nhsuk-u-visually-hidden" }, "Error: "), isolated(message)]);
      element.classList.toggle("nhsuk-form-group--error", message !== null);
      input.setAttribute("aria-describedby", message === null ? "letters-hint" : "letters-hint letters-error");
    },
    dispose: () => {
      window.removeEventListener("online", again);
      sessionEvents.removeEventListener("renewed", again);
      timers.forEach((timer) => clearTimeout(timer));
    },
  };
}

/** @type {Record<Upload["state"], string>} */
const stateTexts = {
  sending: "Sending", failed: "", refused: "", PENDING: "Uploaded. It is being scanned for malware; you need not wait.", AVAILABLE: "Uploaded and scanned.",
  THREATS_FOUND: "Malware was found. Remove the file: nobody can open it.", VALIDATION_FAILED: "The file could not be scanned. Remove it, and add another one.",
};

/**
 * Sends a file, with its progress, which fetch cannot tell.
 * @param {Upload} upload @param {string | undefined} ubrn @param {() => void} onprogress
 * @returns {Promise<{ id: string, status: any }>}
 */
function transmit(upload, ubrn, onprogress) {
  if (hasExpired()) return Promise.reject(new ApiError({ kind: "status", status: 401 }));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/attachments");
    request.timeout = patience;
    for (const [name, value] of Object.entries(actingHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", types[upload.name.split(".").at(-1)?.toLowerCase() ?? ""]);
    request.setRequestHeader("NHSD-eRS-File-Name", encodeURIComponent(upload.name));
    request.setRequestHeader("Idempotency-Key", upload.key);
    if (ubrn) request.setRequestHeader("NHSD-eRS-Referral-ID", ubrn);
    request.upload.onprogress = (event) => {
      upload.progress = event.lengthComputable ? event.loaded / event.total : 0;
      onprogress();
    };
    request.onerror = () => reject(new ApiError({ kind: "offline" }));
    request.ontimeout = () => reject(new ApiError({ kind: "slow" }));
    request.onload = () => {
      /** @type {any} */
      let data;
      try {
        data = JSON.parse(request.responseText);
      } catch {
        data = undefined;
      }

      if (request.status === 401) noteExpired();
      if (request.status >= 200 && request.status < 300 && data) resolve(data);
      else {
        reject(new ApiError({ kind: request.status < 300 ? "unreadable" : "status", status: request.status, problem: data,
          retryAfter: secondsIn(request.getResponseHeader("Retry-After")) }));
      }
    };
    request.send(upload.file);
  });
}
