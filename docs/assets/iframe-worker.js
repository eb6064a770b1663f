/* A page that is opened as a file may start no worker, and the search is one. This runs it in a hidden frame instead.
   Pages that come from a server keep the browser's own workers. */
"use strict";
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      const whole = String(new URL(address, document.baseURI));
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.waiting = [];
      window.addEventListener("message", (event) => {
        if (event.source === frame.contentWindow) this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      });
      frame.addEventListener("load", () => {
        this.frame = frame.contentWindow;
        this.waiting.splice(0).forEach((data) => this.postMessage(data));
      });
      frame.srcdoc =
        "<script>" +
        "window.importScripts = (...names) => names.reduce((before, name) => before.then(() => new Promise((done, no) => {" +
        "const s = document.createElement('script'); s.src = new URL(name, " + JSON.stringify(whole) + ");" +
        "s.onload = done; s.onerror = no; document.head.append(s) })), Promise.resolve());" +
        "const up = parent; window.postMessage = (data) => up.postMessage(data, '*');" +
        "</" + "script><script src='" + whole.replace(/'/g, "%27") + "'></" + "script>";
      document.body.append(frame);
    }
    set onmessage(listener) { this.addEventListener("message", listener); }
    postMessage(data) {
      if (!this.frame) this.waiting.push(data);
      else this.frame.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {}
  };
}
