/* Copyable codes and links: shows the button that only works with scripts. */

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.value);
    return true;
  } catch {
    source.select(); // no clipboard on plain http addresses
    return document.execCommand("copy");
  }
}

for (const box of document.querySelectorAll("[data-copy]")) {
  const source = box.querySelector("textarea");
  const button = box.querySelector("button");
  const said = box.querySelector("[role=status]");
  if (!source || !button || !said) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    said.textContent = (await copy(source)) ? "Copied" : "Press Ctrl+C to copy";
  });
}
