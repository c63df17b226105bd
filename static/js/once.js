/* A doubled click sends a form once: the answer to a second sending would hide that to the first,
   which may hold what is shown only once. */

const QUIET = 15_000; // milliseconds; who waits longer may try again

document.addEventListener("submit", (event) => {
  const { target: form } = event;
  if (form.method !== "post") return;
  if (Date.now() - Number(form.dataset.sent ?? 0) < QUIET) event.preventDefault();
  else form.dataset.sent = Date.now();
});

/* Back on a page the browser kept, its forms were not sent. */
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
