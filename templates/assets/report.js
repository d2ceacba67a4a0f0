/* The report's own behaviour: charts drawn when near the screen, numbers that show their query, contents, theme. No request to anywhere. */
(() => {
  const root = document.documentElement;
  const read = (id) => { const node = document.getElementById(id); return node ? JSON.parse(node.textContent) : null; };
  const plots = read("aiser-plots") || {};
  const facts = new Map((read("aiser-facts") || []).map((fact) => [fact.id, fact]));
  const charts = [...document.querySelectorAll(".chart[data-plot]")];
  const media = matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");

  /* Drawn for the width it has, not scaled. */
  function draw(chart, width = chart.clientWidth) {
    if (!width || !window.Plotly) return Promise.resolve();
    chart.dataset.width = width;
    return aiser.draw(chart, plots[chart.dataset.plot], width);
  }
  const all = (width) => Promise.all(charts.map((chart) => draw(chart, width ? Number(chart.dataset[width]) : undefined)));
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !entry.target.dataset.drawn) draw(entry.target);
  }, { rootMargin: "400px" });
  charts.forEach((chart) => near.observe(chart));
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.dataset.drawn && Math.abs(target.clientWidth - Number(target.dataset.width)) > 1) draw(target);
  });
  charts.forEach((chart) => sizes.observe(chart));
  if (["#check", "#print"].includes(location.hash)) sizes.disconnect();
  /* The rest while nobody waits, so that print, search and a check find them. */
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  const rest = () => {
    const next = charts.find((chart) => !chart.dataset.drawn);
    if (next) draw(next).then(() => idle(rest)); else finish();
  };
  const finish = () => { root.dataset.ready = "true"; };
  if (location.hash === "#check") all().then(finish);
  else if (location.hash === "#print") { root.dataset.theme = "light"; open(); document.fonts.load("16px AiserSans").then(() => all("printWidth")).then(finish); }
  else addEventListener("load", () => document.fonts.ready.then(() => idle(rest)));

  function open() { document.querySelectorAll("details.ap").forEach((item) => { item.open = true; }); }

  /* Print is light and narrower: drawn again for it, and back after it. */
  let before = "";
  addEventListener("beforeprint", () => {
    before = root.dataset.theme || "";
    root.dataset.theme = "light";
    open();
    all("printWidth");
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    all();
  });

  document.querySelectorAll(".theme").forEach((button) => button.addEventListener("click", () => {
    root.dataset.theme = aiser.dark() ? "light" : "dark";
    all();
  }));
  media.addEventListener("change", () => { if (!root.dataset.theme) all(); });

  const links = new Map([...document.querySelectorAll("nav.toc a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  links.forEach((_, id) => { const part = document.getElementById(id); if (part) seen.observe(part); });

  /* An SQL chip opens its query in the appendix. */
  addEventListener("hashchange", show);
  function show() {
    const item = document.getElementById(location.hash.slice(1));
    if (item && item.tagName === "DETAILS") item.open = true;
  }
  show();

  /* A number shows its exact value and its query. */
  const pop = document.getElementById("aiser-pop");
  function trace(number) {
    const fact = facts.get(number.dataset.fact);
    if (!fact || !pop) return;
    pop.replaceChildren();
    const add = (parent, tag, text, name) => { const node = document.createElement(tag); node.textContent = text; if (name) node.className = name; parent.append(node); return node; };
    add(pop, "div", fact.value === null ? "No value" : String(fact.value), "ex");
    add(pop, "pre", fact.sql);
    const list = add(pop, "dl", "");
    add(list, "dt", "Source"); add(list, "dd", fact.source);
    add(list, "dt", "As of"); add(list, "dd", fact.as_of.slice(0, 16).replace("T", " "));
    pop.showPopover();
    const at = number.getBoundingClientRect(), box = pop.getBoundingClientRect();
    pop.style.left = `${Math.max(16, Math.min(at.left - 14, innerWidth - box.width - 16))}px`;
    pop.style.top = `${at.bottom + 8 + box.height > innerHeight && at.top > box.height + 8 ? at.top - box.height - 8 : at.bottom + 8}px`;
  }
  document.addEventListener("click", (event) => { const number = event.target.closest("data.n"); if (number) trace(number); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("data.n")) trace(event.target);
  });
})();
