/* Chooses this device's time zone in a list that says nothing better than UTC. */

for (const list of document.querySelectorAll("select[data-own-zone]")) {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (list.value === "UTC" && [...list.options].some((option) => option.value === own)) list.value = own;
}
