/* Says how many characters are left in a text area or a counted line, aloud only when few are. */

const QUIET_MS = 800; // speak after a pause, not at each key
const FEW_SHARE = 0.1;

function watch(area) {
  const limit = area.maxLength;
  const shown = document.createElement("p");
  const spoken = document.createElement("p");
  shown.className = "counter";
  shown.setAttribute("aria-hidden", "true");
  spoken.className = "visually-hidden";
  spoken.setAttribute("aria-live", "polite");
  area.after(shown, spoken);

  let timer;
  const tell = () => {
    const left = limit - area.value.length;
    const noun = left === 1 ? "character" : "characters";
    const words = `${left.toLocaleString(document.documentElement.lang)} ${noun} left`;
    const few = left <= limit * FEW_SHARE;
    shown.textContent = words;
    shown.classList.toggle("counter-few", few);
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = few ? words : ""), QUIET_MS);
  };
  area.addEventListener("input", tell);
  tell();
}

for (const area of document.querySelectorAll("textarea[maxlength], input[data-counted]")) {
  if (area.maxLength > 0) watch(area);
}
