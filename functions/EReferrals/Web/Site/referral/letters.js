/** @import { Attachment, Referral } from "../types.js" */
import { get, getBlob } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { fill, h, isolated, refill, say } from "../core/dom.js";
import { dayAndClock, plainDay } from "../core/time.js";
import { fileSize, word } from "../core/words.js";
import { explain } from "../parts/failure.js";
import { saveBlob } from "../parts/save.js";
import { tag } from "../parts/tag.js";

const images = ["image/png", "image/jpeg", "image/gif"];
const texts = ["text/plain", "text/xml"];
const longestText = 500_000;
const scanInterval = 3_000;
const scanPatience = 10 * 60_000;

/** The files of a referral. A PDF document, an image and a text are shown in the page; the rest is saved. @param {Referral} referral */
export function letters(referral) {
  const files = referral.attachments ?? [];
  /** @type {(() => void)[]} */
  const endings = [];
  const element = h("section", { "aria-labelledby": "letters" }, h("h2", { id: "letters" }, "Letters and files"),
    files.length === 0 ? h("p", null, none(referral)) : h("ul", { class: "app-files" }, files.map((file) => item(file, endings))));
  return { element, dispose: () => endings.forEach((end) => end()) };
}

/** @param {Referral} referral */
function none({ letter }) {
  if (letter.status === "NOT_APPLICABLE") return "There is no letter, and the practice will not send one.";
  return letter.due ? `The letter has not arrived. It is due by ${plainDay(letter.due)}.` : "The letter has not arrived.";
}

/** @param {Attachment} file @param {(() => void)[]} endings */
function item(file, endings) {
  const viewer = h("div", { class: "app-viewer" });
  const buttons = h("div", { class: "app-file__buttons" });
  const status = h("div", null);
  const problem = h("p", { class: "nhsuk-error-message", role: "alert" });
  /** @type {string | null} */
  let address = null;

  const hide = () => {
    if (address) URL.revokeObjectURL(address);
    address = null;
    fill(viewer);
  };
  endings.push(hide);

  async function show() {
    if (viewer.childElementCount > 0) {
      hide();
      return showButtons(file.status);
    }

    await reading(async () => {
      const bytes = await getBlob(`/v1/attachments/${file.id}`);
      const shown = await rendered(file, bytes);
      address = shown.address;
      fill(viewer, shown.element);
      showButtons(file.status);
      say(`${file.name} is shown below.`);
    });
  }

  /** @param {() => Promise<void>} read */
  async function reading(read) {
    problem.textContent = "";
    try {
      await read();
    } catch (failed) {
      const error = asApiError(failed);
      problem.textContent = `${file.name} could not be read. ${error.status === 409 ? "It is not available." : `${explain(error).title}.`}`;
    }
  }

  /** @param {string} current */
  function showButtons(current) {
    const isShown = viewer.childElementCount > 0;
    fill(status, current === "AVAILABLE" ? null : [tag(word(current), current === "PENDING" ? "yellow" : "red"), h("div", { class: "app-minor" }, meaning(current))]);
    refill(buttons, current !== "AVAILABLE" ? null : [
      isViewable(file) ? h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary nhsuk-button--small", "aria-expanded": String(isShown),
        onclick: show }, isShown ? "Hide" : "Show", h("span", { class: "nhsuk-u-visually-hidden" }, ` ${file.name}`)) : null,
      h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary nhsuk-button--small", onclick: () =>
        reading(async () => saveBlob(await getBlob(`/v1/attachments/${file.id}`), file.name)) }, "Save",
      h("span", { class: "nhsuk-u-visually-hidden" }, ` ${file.name}`))]);
  }

  showButtons(file.status);
  if (file.status === "PENDING") endings.push(watchScan(file.id, (found) => {
    file.status = found;
    showButtons(found);
    say(`${file.name}: ${word(found)}.`);
  }));
  return h("li", { class: "app-file" },
    h("div", { class: "app-file__row" },
      h("div", null, h("div", { class: "app-file__name" }, isolated(file.name)),
        h("div", { class: "app-minor" }, `${fileSize(file.size)}, from ${word(file.type)}, ${dayAndClock(file.attachedAt)}`)), buttons),
    status, problem, viewer);
}

/** @param {string} status */
function meaning(status) {
  switch (status) {
    case "PENDING": return "The file is being scanned for malware. It can be opened in a moment; this page tells you.";
    case "THREATS_FOUND": return "The file contains malware and cannot be opened. The practice has been asked for another one.";
    case "VALIDATION_FAILED": return "The file could not be scanned, and cannot be opened. The practice has been asked for another one.";
    default: return "";
  }
}

/** @param {Attachment} file */
const isViewable = ({ contentType }) => contentType === "application/pdf" || images.includes(contentType) || texts.includes(contentType);

/** @param {Attachment} file @param {Blob} bytes */
async function rendered(file, bytes) {
  if (texts.includes(file.contentType)) {
    const text = await bytes.text();
    return { address: null, element: h("pre", { tabindex: "0", class: "app-text", dir: "auto", "aria-label": file.name },
      text.length > longestText ? `${text.slice(0, longestText)}\n\n[The rest is in the file. Save it to read it.]` : text) };
  }

  // The type of the list above, never the type that an answer names: a document must not run as a page.
  const address = URL.createObjectURL(new Blob([bytes], { type: file.contentType }));
  return { address, element: file.contentType === "application/pdf"
    ? h("iframe", { src: address, title: file.name, class: "app-pdf" })
    : h("img", { src: address, alt: `Scanned page: ${file.name}`, class: "app-image" }) };
}

/** Asks until the scan is over. @param {string} id @param {(status: string) => void} ended */
function watchScan(id, ended) {
  const until = Date.now() + scanPatience;
  let timer = window.setTimeout(ask, scanInterval);
  async function ask() {
    try {
      const { status } = (await get(`/v1/attachments/${id}/status`)).data;
      if (status !== "PENDING") return ended(status);
    } catch {
      // Another attempt follows.
    }

    if (Date.now() < until) timer = window.setTimeout(ask, scanInterval);
  }

  return () => clearTimeout(timer);
}
