"use strict";
(() => {
  const entries = [...document.querySelectorAll(".entry")].map((e) => [e, e.textContent.toLowerCase()]);
  const words = document.getElementById("words"), found = document.getElementById("found");
  const squares = new Map([...document.querySelectorAll("svg.overview a")].map((a) => [a.getAttribute("href").slice(1), a]));
  document.getElementById("find").hidden = false;
  const search = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [entry, text] of entries) {
      const hit = asked.every((word) => text.includes(word));
      entry.hidden = !hit;
      if (hit && entry.id) count += 1;
      const square = squares.get(entry.id);
      if (square) square.classList.toggle("dim", !hit);
    }
    for (const part of document.querySelectorAll("section")) {
      part.hidden = asked.length > 0 && !part.querySelector(".entry:not([hidden])");
    }
    for (const head of document.querySelectorAll("h3")) {
      let next = head.nextElementSibling, any = false;
      for (; next && next.tagName !== "H3"; next = next.nextElementSibling) any = any || !next.hidden;
      head.hidden = !any;
    }
    found.textContent = asked.length ? `${count} found` : "";
  };
  words.addEventListener("input", search);
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) { words.value = ""; search(); }
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a");
    if (link && link.getAttribute("href") === location.hash) open();
  });
  open();
})();
