/* Says how many characters are left in a text area or a counted line, aloud only when few are.
   They are counted as the server does: spaces around do not count, an emoji is one. */

const QUIET_MS = 800; // speak after a pause, not at each key
const FEW_SHARE = 0.1;

function typed(area) {
  const text = area.value.normalize("NFC").trim();
  return [...(area.matches("textarea") ? text : text.replace(/\s+/g, " "))].length;
}

function watch(area) {
  const limit = Number(area.dataset.limit);
  const shown = document.createElement("p");
  const spoken = document.createElement("p");
  shown.className = "counter";
  shown.setAttribute("aria-hidden", "true");
  spoken.className = "visually-hidden";
  spoken.setAttribute("aria-live", "polite");
  area.after(shown, spoken);

  let timer;
  const tell = () => {
    const left = limit - typed(area);
    const number = Math.abs(left).toLocaleString(document.documentElement.lang);
    const noun = Math.abs(left) === 1 ? "character" : "characters";
    const words = `${number} ${noun} ${left < 0 ? "too many" : "left"}`;
    const few = left <= limit * FEW_SHARE;
    shown.textContent = words;
    shown.classList.toggle("counter-few", few);
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = few ? words : ""), QUIET_MS);
  };
  area.addEventListener("input", tell);
  tell();
}

for (const area of document.querySelectorAll("[data-limit]")) watch(area);
