// <supracrystal-plot>: a Plotly figure that is drawn when it is scrolled into view, in the colours of the page.
// The element holds its own data, so it works wherever HTML is inserted and however often.
if (!customElements.get("supracrystal-plot")) {
  // Plotly is on the page already (inline), or the site serves it.
  const library = (path) =>
    (window.supracrystalPlotly ??= new Promise((resolve, reject) => {
      if (window.Plotly) return resolve();
      if (!path) return reject(new Error("Plotly is not on this page"));
      const script = document.createElement("script");
      script.src = (document.documentElement.dataset.content_root || "./") + path;
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`${script.src} did not load`));
      document.head.append(script);
    }));
  const NARROW = 800; // pixels

  class Plot extends HTMLElement {
    connectedCallback() {
      this.watch = new IntersectionObserver((entries) => {
        if (entries.at(-1).isIntersecting && !this.begun) this.begin();
      });
      this.watch.observe(this);
      this.restyle = () => {
        const key = this.narrow() + this.ink().join();
        if (this.chart && key !== this.key) this.draw();
      };
      this.theme = new MutationObserver(this.restyle);
      for (const root of [document.documentElement, document.body])
        this.theme.observe(root, { attributes: true });
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      this.dark.addEventListener("change", this.restyle);
      this.size = new ResizeObserver(this.restyle);
      this.size.observe(this);
    }

    disconnectedCallback() {
      this.watch.disconnect();
      this.theme.disconnect();
      this.size.disconnect();
      this.dark.removeEventListener("change", this.restyle);
    }

    narrow() {
      return this.clientWidth < NARROW;
    }

    // The colours of the text and of the page behind.
    ink() {
      for (let node = this; node; node = node.parentElement) {
        const ground = getComputedStyle(node).backgroundColor;
        if (!/, 0\)$|transparent/.test(ground)) return [getComputedStyle(this).color, ground];
      }
      return [getComputedStyle(this).color, this.dark.matches ? "#121212" : "#ffffff"];
    }

    async begin() {
      this.begun = true;
      try {
        await library(this.dataset.library);
        this.figure = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
        this.chart = this.querySelector(".chart");
        this.chart.textContent = "";
        await this.draw();
      } catch (error) {
        console.warn("supracrystal: the figure is not drawn,", error);
      }
    }

    draw() {
      const narrow = this.narrow();
      const [text, ground] = this.ink();
      this.key = narrow + [text, ground].join();
      const { data, layout, config } = this.figure;
      const [r, g, b] = text.match(/[\d.]+/g);
      const faint = (alpha) => `rgba(${r}, ${g}, ${b}, ${alpha})`;
      for (const trace of data) if (trace.meta === "ink") trace.line.color = faint(0.55);
      layout.font = { ...layout.font, color: text, size: narrow ? 12 : 14 };
      layout.hoverlabel = { ...layout.hoverlabel, bgcolor: ground, font: { ...layout.font, size: 13 } };
      layout.modebar = { bgcolor: "rgba(0, 0, 0, 0)", color: faint(0.55), activecolor: text };
      for (const [name, axis] of Object.entries(layout))
        if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: faint(0.15), linecolor: text, tickcolor: text });
      layout.legend = narrow
        ? { ...layout.legend, orientation: "h", x: 0, xanchor: "left", y: -100 / this.clientHeight, yanchor: "top", maxheight: 0.3 }
        : { ...layout.legend, orientation: "v", x: 1.02, xanchor: "left", y: 1, yanchor: "top", maxheight: 1 };
      layout.margin = narrow ? { l: 40, r: 8, t: 34, b: 44 } : { l: 66, r: 12, t: 34, b: 54 };
      // A finger that scrolls the page shall not zoom; the buttons above the figure turn it on.
      if (!this.key0 && matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
      this.key0 = this.key;
      return window.Plotly.react(this.chart, data, layout, config);
    }
  }
  customElements.define("supracrystal-plot", Plot);
}
