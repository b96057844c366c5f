// Three small helps, each optional: live regions, the check digits of an LEI while it is typed, and copy buttons.

// A region that hears of changes reads the page again and puts its fresh self in place. A form being filled in is left alone.
const region = document.querySelector("[data-live]");
if (region) watch(region);

function watch(first) {
  let current = first;
  let markup = current.innerHTML;
  let reading = false;

  const refresh = async () => {
    if (reading || document.hidden || busy(current)) return;
    reading = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (!fresh) return location.reload(); // signed out meanwhile
      if (fresh.innerHTML === markup) return;
      markup = fresh.innerHTML;
      current.replaceWith(fresh);
      current = fresh;
      dress(current);
      keepLooking();
    } catch {
      // The network is away: the next turn asks again.
    } finally {
      reading = false;
    }
  };

  let timer = null;
  const keepLooking = () => {
    clearInterval(timer);
    const seconds = Number(current.dataset.poll);
    if (seconds) timer = setInterval(refresh, seconds * 1000);
  };

  new EventSource(current.dataset.events).addEventListener("changed", refresh);
  document.addEventListener("visibilitychange", refresh);
  keepLooking();
}

/** Whether a person is at work in this region: typing, or with a drawer open. */
function busy(element) {
  return element.contains(document.activeElement?.closest("input, select, textarea") ?? null) || !!element.querySelector("details[open]");
}

function dress(root) {
  for (const input of root.querySelectorAll("[data-lei]")) checkLei(input);
  for (const button of root.querySelectorAll("[data-copy]")) copyWith(button);
}

// ISO 17442: letters are 10 to 35, and the whole number leaves 1 when divided by 97.
function checkLei(input) {
  const says = document.getElementById(input.getAttribute("aria-describedby"));
  input.addEventListener("input", () => {
    const lei = input.value.trim().toUpperCase();
    if (lei.length < 20) {
      says.textContent = "";
      return;
    }
    const digits = [...lei].map((letter) => parseInt(letter, 36)).join("");
    const right = /^[0-9A-Z]{18}[0-9]{2}$/.test(lei) && BigInt(digits) % 97n === 1n && !["00", "01", "99"].includes(lei.slice(18));
    says.textContent = right ? says.dataset.right : says.dataset.wrong;
  });
}

function copyWith(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
}

dress(document);
