/* Keeps the count of an open petition fresh while its page is looked at. */

const PAUSE_MS = 10000; // what the answer may be kept for

async function refresh(card) {
  if (document.hidden) return;
  const answer = await fetch(card.dataset.countUrl);
  if (!answer.ok) return;
  const { signature_count: count, goal, sentence } = await answer.json();
  const meter = card.querySelector("meter");
  const words = card.querySelector(".meter-sentence");
  if (!meter || !words || words.textContent === sentence) return;
  meter.max = Math.max(count, goal);
  meter.value = count;
  words.textContent = sentence;
}

for (const card of document.querySelectorAll("[data-count-url]")) {
  setInterval(() => refresh(card).catch(() => {}), PAUSE_MS);
}
