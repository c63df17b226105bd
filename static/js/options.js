/* Options of a proposal: rows are added and taken out in place, without asking the server. */

const MOST = 40;

function renumber(list) {
  [...list.children].forEach((row, at) => {
    row.querySelector("[data-number]").textContent = at + 1;
    for (const node of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        const value = node.getAttribute(name);
        if (value) node.setAttribute(name, value.replace(/options-\d+-/g, `options-${at}-`));
      }
    }
  });
}

function wake(list) {
  const add = list.parentElement.querySelector("[data-add]");
  const allow = () => {
    add.disabled = list.children.length >= MOST;
    for (const button of list.querySelectorAll("[data-remove]")) button.hidden = list.children.length <= 2;
  };
  add.type = "button";
  add.textContent = "Add a row";
  add.addEventListener("click", () => {
    const row = list.lastElementChild.cloneNode(true);
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.removeAttribute("aria-invalid");
    }
    for (const error of row.querySelectorAll(".error")) error.remove();
    list.append(row);
    renumber(list);
    allow();
    row.querySelector("input").focus();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    const row = button.closest("li");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    renumber(list);
    allow();
    next.querySelector("input").focus();
  });
  allow();
}

for (const list of document.querySelectorAll("[data-options]")) wake(list);
