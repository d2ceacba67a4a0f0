"use strict";
/* What report and deck share: a chart drawn for its width and theme, and marked where it is drawn as another type than asked. */
const aiser = {
  dark: () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },
  /* On a narrow chart every other label, or fewer: level words, never turned ones. */
  thinned: (axis, width) => {
    if (!axis.tickvals) return axis.type === "date" ? { ...axis, tickangle: 0, nticks: Math.max(2, Math.floor(width / 42)) } : axis;
    const labels = axis.ticktext || [], longest = Math.max(...labels.flatMap((text) => String(text).replace(/<\/?b>/g, "").split("<br>")).map((text) => text.length));
    const room = Math.max(2, Math.floor(width / (6.6 * longest + 10)));
    if (labels.length <= room) return axis;
    const kept = (_, i) => (labels.length - 1 - i) % Math.ceil(labels.length / room) === 0;
    return { ...axis, tickangle: 0, tickvals: axis.tickvals.filter(kept), ticktext: labels.filter(kept) };
  },
  draw: (chart, made, width, more) => {
    const figure = structuredClone(aiser.dark() ? made.dark : made.light);
    const layout = { ...figure.layout, width, height: Number(chart.dataset.height), autosize: false, ...more };
    const plot = width - (layout.margin?.l || 0) - (layout.margin?.r || 0);
    for (const name of Object.keys(layout)) if (/^xaxis\d*$/.test(name)) layout[name] = aiser.thinned(layout[name], plot);
    return window.Plotly.react(chart, figure.data, layout, { displayModeBar: false, responsive: false }).then(() => {
      const drawn = (chart._fullData || []).map((trace) => trace.type).join(" ");
      chart.dataset.drawn = drawn;
      if (drawn !== chart.dataset.types) chart.dataset.mismatch = drawn;
    });
  },
};
