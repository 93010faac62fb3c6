// <supracrystal-explorer>: two sliders, feed ratio and time, over a grid of states of a mixture of clusters.
// Spectra are made here from the amounts and the lines of each ion.
// The element holds its own data and asks nobody.
(() => {
  const explore = {
    // Amounts of all clusters at one point of the grid, of all clusters that were fed.
    amounts(data, ratio, time) {
      const { ratios, times, ions, amounts } = data;
      const first = (ratio * times.length + time) * ions.length;
      return amounts.slice(first, first + ions.length).map((each) => each / data.scale);
    },
    // Lines of one family as stems; all families are to be divided by the same highest line.
    lines(data, amounts, family) {
      const x = [], y = [];
      data.ions.forEach((ion, k) => {
        if (ion.family !== family || amounts[k] <= 0) return;
        ion.heights.forEach((height, j) => {
          const mz = ion.first + j * ion.step;
          x.push(mz, mz, mz);
          y.push(0, (amounts[k] * height) / data.scale, 0);
        });
      });
      return { x, y };
    },
    share(data, amounts, family) {
      return data.ions.reduce((sum, ion, k) => sum + (ion.family === family ? amounts[k] : 0), 0);
    },
    // The least round number above all bars.
    top(data, amounts) {
      const highest = 100 * Math.max(...amounts);
      return [5, 10, 20, 40, 60, 80].find((each) => each > 1.05 * highest) || 105;
    },
    // The traces of the figure: bars and lines of each family.
    traces(data, amounts) {
      const all = data.families.map((family) => explore.lines(data, amounts, family));
      const highest = Math.max(1e-9, ...all.flatMap((each) => each.y));
      return [
        ...data.families.map((family) => ({
          y: amounts.filter((_, k) => data.ions[k].family === family).map((each) => 100 * each),
        })),
        ...all.map(({ x, y }) => ({ x, y: y.map((each) => (100 * each) / highest) })),
      ];
    },
  };
  if (typeof module !== "undefined") return void (module.exports = explore);
  if (customElements.get("supracrystal-explorer")) return;

  const percent = (value) => (value > 0 && value < 0.005 ? "<1 %" : `${Math.round(100 * Math.max(value, 0))} %`);

  class Explorer extends HTMLElement {
    connectedCallback() {
      if (this.data) return;
      this.data = JSON.parse(this.querySelector("script.states").textContent);
      this.sliders = [...this.querySelectorAll("input")];
      this.said = [...this.querySelectorAll("output")];
      for (const slider of this.sliders) slider.addEventListener("input", () => this.move());
      this.move();
    }

    move() {
      const { data } = this;
      const [ratio, time] = this.sliders.map((slider) => Number(slider.value));
      [data.ratios[ratio], data.times[time]].forEach((text, k) => {
        this.said[k].textContent = text;
        this.sliders[k].setAttribute("aria-valuetext", text);
      });
      const amounts = explore.amounts(data, ratio, time);
      let rest = 1;
      data.families.forEach((family, k) => {
        const share = explore.share(data, amounts, family);
        rest -= share;
        this.querySelector(`[data-family="${k}"]`).textContent = percent(share);
      });
      this.querySelector('[data-family="rest"]').textContent = percent(rest);
      this.querySelector(".said").innerHTML = data.notes[`${ratio},${time}`] || data.silent;
      // One figure for each frame of the screen, however fast the slider moves.
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.show(amounts));
    }

    show(amounts) {
      const plot = this.querySelector("supracrystal-plot");
      // Drawn when it is scrolled into view, and only then has it a figure.
      if (!plot.chart) return void setTimeout(() => this.show(amounts), 200);
      if (amounts.join() === this.shown) return;
      this.shown = amounts.join();
      const { figure } = plot;
      explore.traces(this.data, amounts).forEach((each, k) => Object.assign(figure.data[k], each));
      figure.layout.yaxis.range = [0, explore.top(this.data, amounts)];
      plot.draw();
    }
  }
  customElements.define("supracrystal-explorer", Explorer);
})();
