// Figures appear immediately when the reader points at a mark, instead of the browser's slow titles.
const tip = document.getElementById("tip");
document.querySelectorAll(".tip").forEach((mark) => {
  const title = mark.querySelector("title");
  if (!title) return;
  const text = title.textContent;
  mark.setAttribute("aria-label", text);
  title.remove();
  mark.addEventListener("pointermove", (event) => {
    tip.textContent = text;
    tip.style.display = "block";
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${event.clientY + 14}px`;
  });
  mark.addEventListener("pointerleave", () => { tip.style.display = "none"; });
});
