/* The SHA-256 of a scan, worked out on this device: the file is never sent. */

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");

for (const part of document.querySelectorAll("[data-sheet-hash]")) {
  if (!globalThis.crypto?.subtle) continue; // no secure context: the hash is typed
  const target = document.getElementById(part.dataset.sheetHash);
  const said = part.querySelector("[data-said]");
  part.hidden = false;
  part.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    said.textContent = "Working it out…";
    try {
      const found = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      if (file !== event.target.files[0]) return; // another was chosen meanwhile
      target.value = found;
      said.textContent = "Done: it is in the field below.";
    } catch {
      said.textContent = "This file cannot be read here. Type its hash below.";
    }
  });
}
