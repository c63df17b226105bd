/* While a title is typed: shows earlier proposals of the guild that ask much the same. */

const PAUSE_MS = 600;

function watch(box) {
  const title = document.getElementById(box.dataset.title);
  if (!title) return;
  let timer;
  let asked = "";
  const ask = async () => {
    const words = title.value.trim();
    if (words === asked) return;
    asked = words;
    const url = new URL(box.dataset.similar, location.href);
    url.searchParams.set("title", words);
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected && asked === words) box.innerHTML = await answer.text();
    } catch {
      // only a hint: without it the form works as well
    }
  };
  title.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  if (title.value) ask();
}

for (const box of document.querySelectorAll("[data-similar]")) watch(box);
