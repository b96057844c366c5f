// The public check: a dropped file is sent like a chosen one; a result leaves the screen when nobody reads it.

import { offerPrint, watchReader } from "./idle.js";

const drop = document.getElementById("drop");
const form = document.getElementById("upload");
const file = document.getElementById("file");

function send() {
  const large = file.files.length > 0 && file.files[0].size > Number(form.dataset.limit);
  document.getElementById("too-large").hidden = !large;
  if (!large) form.requestSubmit();
}

if (drop) {
  drop.classList.add("pick"); // without this script the browser's own control says which file was chosen
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length !== 1) return;
    file.files = event.dataTransfer.files;
    send();
  });
  file.addEventListener("change", send);
}

const region = document.getElementById("live");
if (region) {
  offerPrint(region);
  watchReader(region);
  region.querySelector("h1").focus();
}
