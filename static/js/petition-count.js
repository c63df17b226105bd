/* Keeps the count of an open petition fresh while its page is looked at, and asks for it politely:
   only while it is seen, seldom when nothing moves, hardly at all when the server is in trouble. */

const PAUSE_MS = 10000; // what the answer may be kept for
const LONGEST_MS = 300000;

class Count {
  constructor(card) {
    this.card = card;
    this.pause = PAUSE_MS;
    this.timer = 0;
    document.addEventListener("visibilitychange", () => this.wait());
    this.wait();
  }

  /* A random part keeps many pages that were opened together from asking together. */
  wait() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    this.timer = setTimeout(() => this.ask(), this.pause * (1 + Math.random() / 4));
  }

  async ask() {
    const moved = await this.refresh().catch(() => false);
    this.pause = moved ? PAUSE_MS : Math.min(this.pause * 1.5, LONGEST_MS);
    this.wait();
  }

  /* True if the count has moved. The browser asks with the tag of what it holds. */
  async refresh() {
    const answer = await fetch(this.card.dataset.countUrl);
    if (!answer.ok) return false;
    const { total, goal, sentence, apart, as_of: asOf } = await answer.json();
    const meter = this.card.querySelector("meter");
    const words = this.card.querySelector(".meter-sentence");
    if (!meter || !words || words.textContent === sentence) return false;
    meter.max = Math.max(total, goal);
    meter.value = total;
    words.textContent = meter.textContent = sentence;
    this.say("[data-apart]", apart);
    this.say("[data-counted-at]", asOf);
    return true;
  }

  say(selector, text) {
    const node = this.card.querySelector(selector);
    if (node && text) node.textContent = text;
  }
}

for (const card of document.querySelectorAll("[data-count-url]")) new Count(card);
