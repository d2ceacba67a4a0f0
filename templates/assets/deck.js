/* The deck's own behaviour: one slide at a time with keys, clicks and touch; all in a column on Escape. No request to anywhere. */
(() => {
  const root = document.documentElement;
  const plots = JSON.parse(document.getElementById("aiser-plots").textContent);
  const slides = [...document.querySelectorAll(".slide")];
  const charts = [...document.querySelectorAll(".chart[data-plot]")];
  const media = matchMedia("(prefers-color-scheme: dark)");
  const checking = location.hash === "#check";
  let now = Math.min(slides.length, Math.max(1, Number(location.hash.slice(1)) || 1));
  root.classList.add("js", "present");

  function show(n) {
    now = Math.min(slides.length, Math.max(1, n));
    slides.forEach((slide, i) => slide.classList.toggle("now", i + 1 === now));
    if (root.classList.contains("present")) history.replaceState(null, "", `#${now}`);
    else slides[now - 1].scrollIntoView({ block: "center" });
  }
  function fit() { root.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720)); }
  addEventListener("resize", fit); fit(); show(now);

  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1 };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) { event.preventDefault(); show(now + steps[event.key]); }
    else if (event.key === "Home") show(1);
    else if (event.key === "End") show(slides.length);
    else if (event.key === "Escape" || event.key === "o") { root.classList.toggle("present"); show(now); }
    else if (event.key === "f") document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    else if (event.key === "d") { root.dataset.theme = aiser.dark() ? "light" : "dark"; all(); }
  });
  addEventListener("click", (event) => {
    if (!root.classList.contains("present") || event.target.closest("a, .js-plotly-plot") || getSelection().toString()) return;
    show(now + (event.clientX < innerWidth / 3 ? -1 : 1));
  });
  let from = 0;
  addEventListener("touchstart", (event) => { from = event.changedTouches[0].clientX; }, { passive: true });
  addEventListener("touchend", (event) => { const by = event.changedTouches[0].clientX - from; if (Math.abs(by) > 60) show(now + (by < 0 ? 1 : -1)); });
  addEventListener("hashchange", () => { const n = Number(location.hash.slice(1)); if (n) show(n); });
  const keys = document.querySelector(".keys");
  addEventListener("mousemove", () => { keys.classList.add("seen"); clearTimeout(keys.timer); keys.timer = setTimeout(() => keys.classList.remove("seen"), 1500); });

  /* A slide's size is known before it is shown, so a chart is drawn for it even while it is hidden. */
  const draw = (chart) => aiser.draw(chart, plots[chart.dataset.plot], Number(chart.dataset.width), { font: { ...plots[chart.dataset.plot].light.layout.font, size: 14 } });
  const all = () => Promise.all(charts.map(draw));
  media.addEventListener("change", () => { if (!root.dataset.theme) all(); });
  /* Hidden slides measure text as nothing, so each is laid out, unseen, while its charts are drawn. */
  async function start() {
    if (!checking) await document.fonts.ready;
    for (const slide of slides) {
      const own = charts.filter((chart) => slide.contains(chart));
      if (!own.length) continue;
      const hidden = getComputedStyle(slide).display === "none";
      if (hidden) Object.assign(slide.style, { display: "flex", visibility: "hidden" });
      await Promise.all(own.map(draw));
      if (hidden) Object.assign(slide.style, { display: "", visibility: "" });
    }
    root.dataset.ready = "true";
  }
  start();
})();
