/* Ballot papers: ranks by buttons or by dragging, and what ticked projects cost.
   The lists of ranks stay the truth; everything here only sets them. */

class Ranking {
  constructor(list) {
    this.list = list;
    this.said = list.parentElement.querySelector("[data-said]");
    this.rows = [...list.children];
    for (const row of this.rows) this.wake(row);
    list.addEventListener("change", (event) => {
      this.arrange();
      event.target.focus();
    });
    this.arrange();
  }

  wake(row) {
    const grip = row.querySelector("[data-grip]");
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => this.drag(row, event));
    for (const button of row.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        this.step(row, button.dataset.step);
        button.focus();
      });
    }
  }

  rank(row) {
    return Number(row.querySelector("select").value);
  }

  /* Rows of the same rank together, best first; without those that have none. */
  groups() {
    const ranked = this.rows.filter((row) => this.rank(row));
    const ranks = [...new Set(ranked.map((row) => this.rank(row)))].sort((a, b) => a - b);
    return ranks.map((rank) => ranked.filter((row) => this.rank(row) === rank));
  }

  step(row, way) {
    const groups = this.groups();
    const at = groups.findIndex((group) => group.includes(row));
    const up = way === "up";
    if (at < 0) {
      if (up) groups.push([row]);
    } else if (groups[at].length > 1) {
      groups[at] = groups[at].filter((other) => other !== row);
      groups.splice(up ? at : at + 1, 0, [row]);
    } else if (up && at > 0) {
      [groups[at - 1], groups[at]] = [groups[at], groups[at - 1]];
    } else if (!up && at < groups.length - 1) {
      [groups[at + 1], groups[at]] = [groups[at], groups[at + 1]];
    } else if (!up) {
      groups.pop(); // below the last rank there is none
    }
    this.write(groups);
    this.tell(row);
  }

  write(groups) {
    for (const row of this.rows) row.querySelector("select").value = "";
    groups.forEach((group, at) => {
      for (const row of group) row.querySelector("select").value = String(at + 1);
    });
    this.arrange();
  }

  /* Put the rows in the order of their ranks, those without one below. */
  arrange() {
    const ordered = this.groups().flat();
    this.list.append(...ordered, ...this.rows.filter((row) => !this.rank(row)));
  }

  tell(row) {
    const rank = this.rank(row);
    this.said.textContent = `${row.dataset.name}: ${rank ? `rank ${rank}` : "not ranked"}`;
  }

  drag(row, start) {
    if (start.button) return;
    start.preventDefault();
    row.classList.add("is-dragged");
    const listening = new AbortController(); // on the document: a moved row loses its pointer
    const listen = (name, heard) => document.addEventListener(name, heard, { signal: listening.signal });
    listen("pointermove", ({ clientY }) => this.follow(row, clientY));
    for (const end of ["pointerup", "pointercancel"]) {
      listen(end, () => {
        listening.abort();
        row.classList.remove("is-dragged");
        this.place(row);
      });
    }
  }

  follow(row, height) {
    for (const other of this.list.children) {
      const box = other.getBoundingClientRect();
      if (other === row || height < box.top || height > box.bottom) continue;
      if (height < box.top + box.height / 2) other.before(row);
      else other.after(row);
      return;
    }
  }

  /* Rank a row by where it was dropped: after the row above it, or not if that one has no rank. */
  place(row) {
    const above = row.previousElementSibling;
    row.querySelector("select").value = "";
    const groups = this.groups();
    const at = above ? groups.findIndex((group) => group.includes(above)) : -1;
    if (!above || at >= 0) groups.splice(at + 1, 0, [row]);
    this.write(groups);
    this.tell(row);
  }
}

function watchBudget(list) {
  const total = list.parentElement.querySelector("[data-total]");
  const tell = () => {
    const ticked = [...list.querySelectorAll("[data-cost]:checked")];
    const cost = ticked.reduce((sum, box) => sum + Number(box.dataset.cost), 0);
    const words = cost.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
    total.textContent = `What you ticked costs ${`${words} ${list.dataset.currency}`.trim()}.`;
  };
  list.addEventListener("change", tell);
  tell();
}

for (const list of document.querySelectorAll("[data-ranking]")) new Ranking(list);
for (const list of document.querySelectorAll("[data-budget]")) watchBudget(list);
