// Read the page again when something changed in the wallet; where events cannot be had, every three seconds.
let again = false;

function reload() {
  if (!again && document.visibilityState === "visible") {
    again = true;
    location.reload();
  }
}

const source = new EventSource("/events");
source.addEventListener("changed", reload);
source.addEventListener("error", () => {
  if (source.readyState === EventSource.CLOSED) setTimeout(reload, 3000);
});

// An event may pass while a page loads: a waiting page looks once more by itself.
if (document.querySelector(".pulse")) setInterval(reload, 5000);
