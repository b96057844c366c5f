// One request, live: the page hears that the state changed and reads itself again. Without events it polls; without script it reloads.

import { offerPrint, watchReader } from "./idle.js";

const POLL_MS = 3000;
const page = location.pathname;
let region = document.getElementById("live");
let source = null;
let timer = null;
let countdown = null;
let reading = false;

function begin() {
  offerPrint(region);
  watchReader(region, tellReading);
  count();
  if (region.dataset.final === "yes") stop();
  else listen();
}

function listen() {
  if (source || timer) return;
  source = new EventSource(`${page}/events`);
  source.addEventListener("state", (event) => {
    if (JSON.parse(event.data).state !== region.dataset.state) refresh();
  });
  source.onerror = () => {
    stop();
    timer = setInterval(poll, POLL_MS);
  };
}

function stop() {
  source?.close();
  source = null;
  clearInterval(timer);
  timer = null;
}

async function poll() {
  try {
    const answer = await fetch(page, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    stop();
    if ((await answer.json()).state !== region.dataset.state) await refresh();
    else listen();
  } catch {
    // The network is away: the next turn asks again.
  }
}

/** Read the page again and put its live part in the place of the old one. */
async function refresh() {
  if (reading) return;
  reading = true;
  try {
    const answer = await fetch(page, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (!fresh) {
      location.reload();
      return;
    }
    region.replaceWith(fresh);
    region = fresh;
    const heading = region.querySelector("h1");
    document.getElementById("announce").textContent = heading.textContent.trim();
    heading.focus();
    begin();
  } finally {
    reading = false;
  }
}

/** Count down from what the service said: the clock of this machine may be wrong. */
function count() {
  clearInterval(countdown);
  const output = region.querySelector("#countdown");
  if (!output) return;
  const end = performance.now() + Number(region.dataset.secondsLeft) * 1000;
  countdown = setInterval(() => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    output.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) clearInterval(countdown);
  }, 500);
}

function tellReading(stillReading) {
  const body = new URLSearchParams({ csrf: region.dataset.csrf });
  navigator.sendBeacon(`${page}/${stillReading ? "reading" : "leave"}`, body);
}

// A tab that was asleep may have missed events.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && region.dataset.final === "no") poll();
});

begin();
