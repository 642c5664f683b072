/* The frames of the email, the Medium story and the archive page. No script runs in their documents. */

import { $, morph } from "./dom.js";

export const frames = [$("email-frame"), $("story-frame"), $("page-frame")];

/* The frame's own parser reads its document, so that the frame's Content-Security-Policy applies and not the page's. */
export function fillFrame(frame, html) {
  const doc = frame.contentDocument;
  if (!doc) return void (frame.src = "/frame"); // The frame followed a link. It is filled once it has loaded its own page again.
  doc.querySelectorAll("[data-preview]").forEach(marker => marker.remove());
  morph(doc.documentElement, new frame.contentWindow.DOMParser().parseFromString(html, "text/html").documentElement);
}

/* Return the Medium story with styles that resemble Medium's. */
export const storyPage = story => story.replace("</head>", `<style>
:root { color-scheme: light } html { background: #fff } body { margin: 0 auto; padding: 40px 24px 80px; max-width: 680px; font: 20px/1.6 Georgia, Cambria, "Times New Roman", serif; color: #242424; overflow-wrap: anywhere }
h1, h2 { font-family: -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; line-height: 1.25; letter-spacing: -.01em; margin: 1.6em 0 .4em } h1 { font-size: 26px } h2 { font-size: 21px } body > h1:first-child { font-size: 40px; margin-top: 0 }
p { margin: 1.1em 0 } a { color: inherit } hr { border: 0; text-align: center; margin: 2em 0 } hr::after { content: "···"; letter-spacing: .6em; font-size: 26px }
figure { margin: 2em 0; text-align: center } img { max-width: 100%; height: auto } figcaption { font: 14px/1.4 sans-serif; color: #5f5f5f; padding-top: 8px } blockquote { margin: 1.2em 0; padding-left: 20px; border-left: 3px solid #242424; font-style: italic }
.card a { display: block; border: 1px solid #d9d9d9; padding: 16px 20px; text-decoration: none; font: bold 16px/1.4 sans-serif } .card small { display: block; font-weight: normal; color: #5f5f5f; padding-top: 6px } .card span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
</style></head>`);

/* Resolve once all frames have their documents. `loaded` is called each time a frame has loaded its document. */
export function whenFramesAreReady(loaded) {
  return Promise.all(frames.map(frame => new Promise(done => {
    if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL.endsWith("/frame")) (loaded(frame), done());
    frame.addEventListener("load", () => {
      if (frame.contentDocument) (loaded(frame), done());
    });
  })));
}
