// A shared record leaves the screen after a time without a reader, and when the reader leaves.

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
const TELL_EVERY_MS = 10_000;

/** Watch the record inside `region`. `tell(reading)` hears that somebody reads (at most every ten seconds) or that reading ended. */
export function watchReader(region, tell = () => {}) {
  const limit = Number(region.dataset.idleSeconds) * 1000;
  if (!limit || !region.querySelector("#content")) return;
  let last = Date.now();
  let told = Date.now();

  const sign = () => {
    last = Date.now();
    if (last - told > TELL_EVERY_MS) {
      told = last;
      tell(true);
    }
  };
  const check = () => {
    if (Date.now() - last >= limit) end();
  };
  const end = () => {
    clearInterval(timer);
    SIGNS.forEach((name) => removeEventListener(name, sign));
    removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", check);
    wipe(region);
    tell(false);
  };
  // A change of language loads the same page again: that is still the same reader.
  let staying = false;
  document.querySelector(".languages")?.addEventListener("click", () => (staying = true));
  const leave = () => {
    if (staying) wipe(region);
    else end();
  };

  const timer = setInterval(check, 1000);
  SIGNS.forEach((name) => addEventListener(name, sign, { passive: true }));
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", check);
}

/** Take the record out of the page, also from the copy that the browser keeps for "back". */
function wipe(region) {
  region.querySelector("#content")?.remove();
  const note = region.querySelector("#wiped");
  if (note) note.hidden = false;
}

/** Show the print button: it works only where this file does. */
export function offerPrint(region) {
  const button = region.querySelector("#print");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => print());
}
