// <supracrystal-view>: a picture that becomes a live 3Dmol.js scene when it is scrolled into view.
// The element holds its own data, so it works wherever HTML is inserted and however often.
if (!customElements.get("supracrystal-view")) {
  const decode = (text, Type) => new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  // 3Dmol.js is on the page already (inline), or the site serves it. A page with require.js would keep
  // it from defining its global name, so that `define` is out of the way while it loads.
  const library = (path) =>
    (window.supracrystalLibrary ??= new Promise((resolve, reject) => {
      if (window.$3Dmol) return resolve();
      if (!path) return reject(new Error("3Dmol.js is not on this page"));
      const define = window.define;
      const script = document.createElement("script");
      script.src = (document.documentElement.dataset.content_root || "./") + path;
      script.onload = script.onerror = () => {
        window.define = define;
        window.$3Dmol ? resolve() : reject(new Error(`${script.src} did not load`));
      };
      window.define = undefined;
      document.head.append(script);
    }));

  class View extends HTMLElement {
    connectedCallback() {
      this.watch = new IntersectionObserver((entries) => {
        this.seen = entries.at(-1).isIntersecting;
        if (this.seen && !this.viewer && !this.begun) this.begin();
        else if (this.seen) this.turn();
      });
      this.watch.observe(this);
      this.theme = new MutationObserver(() => this.viewer?.setBackgroundColor(this.ground()));
      for (const root of [document.documentElement, document.body])
        this.theme.observe(root, { attributes: true });
    }

    disconnectedCallback() {
      this.watch.disconnect();
      this.theme.disconnect();
      this.seen = false;
    }

    // The colour of the page behind, light or dark. A transparent canvas would swallow what is
    // translucent in the scene.
    ground() {
      for (let node = this; node; node = node.parentElement) {
        const [r, g, b, a = 1] = getComputedStyle(node).backgroundColor.match(/[\d.]+/g).map(Number);
        if (a > 0) return "#" + ((r << 16) + (g << 8) + b).toString(16).padStart(6, "0");
      }
      return "#ffffff";
    }

    async begin() {
      this.begun = true;
      try {
        await library(this.dataset.library);
        this.draw(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
        this.classList.add("drawn");
        this.turn();
      } catch (error) {
        console.warn("supracrystal: the picture stays,", error); // no WebGL, or no library
      }
    }

    draw(data) {
      const scene = (this.scene = this.querySelector(".scene"));
      const viewer = window.$3Dmol.createViewer(scene, { backgroundColor: this.ground() });
      const at = decode(data.position, Int16Array).map((x) => x);
      const color = decode(data.color, Uint8Array);
      const size = decode(data.size, Uint8Array);
      const bonds = decode(data.bonds, Uint32Array);
      const edges = decode(data.edges, Uint32Array);
      const scale = data.quantum * data.unit;
      const styles = new Map();
      const nothing = {};
      const style = (i) => {
        const key = color[i] * 256 + size[i];
        if (!styles.has(key)) {
          const rgb = data.colors[color[i]];
          const stick = bonds.length ? { stick: { color: rgb, radius: data.thin * data.unit } } : {};
          styles.set(key, { sphere: { color: rgb, radius: data.sizes[size[i]] * data.unit }, ...stick });
        }
        return styles.get(key);
      };
      const point = (i) => ({ x: at[3 * i] * scale, y: at[3 * i + 1] * scale, z: at[3 * i + 2] * scale });
      const model = (pairs, styleOf) => {
        const atoms = Array.from(size, (_, i) => ({ ...point(i), color: 0, style: styleOf(i), bonds: [] }));
        for (let k = 0; k < pairs.length; k += 2) {
          atoms[pairs[k]].bonds.push(pairs[k + 1]);
          atoms[pairs[k + 1]].bonds.push(pairs[k]);
        }
        const made = viewer.addModel();
        made.addAtoms(atoms);
        return [made.selectedAtoms({}), styleOf];
      };
      const line = { stick: { color: data.line, radius: (data.thin / 2) * data.unit } };
      const models = [model(bonds, style)];
      if (edges.length) models.push(model(edges, () => line));

      this.cut = (offset) => {
        const [nx, ny, nz] = data.plane || [0, 0, 0];
        const gone = (i) => {
          const p = point(i);
          return nx * p.x + ny * p.y + nz * p.z > (offset + data.quantum) * data.unit;
        };
        const hidden = data.plane ? Array.from(size, (_, i) => gone(i)) : [];
        for (const [atoms, styleOf] of models)
          atoms.forEach((atom, i) => (atom.style = hidden[i] ? nothing : styleOf(i)));
        this.shapes?.forEach((shape) => viewer.removeShape(shape));
        this.shapes = data.hulls.map(([rgb, text]) => {
          const vertexArr = [];
          const corner = decode(text, Uint32Array);
          for (let k = 0; k < corner.length; k += 3) {
            const face = corner.slice(k, k + 3);
            if (!face.some((i) => hidden[i])) vertexArr.push(...Array.from(face, point));
          }
          const faceArr = vertexArr.map((_, i) => i);
          return viewer.addCustom({ vertexArr, faceArr, color: rgb, opacity: Math.sqrt(data.opacity) });
        });
        viewer.render(null, { ...viewer.getRenderer().supportedExtensions(), regen: true });
      };
      this.cut(data.plane?.[3]);
      new Function("viewer_UNIQUEID", data.commands)(viewer);
      this.viewer = viewer;
      this.control(data);
    }

    control(data) {
      const { viewer, scene } = this;
      const narrow = Math.min(1, scene.clientWidth / scene.clientHeight);
      viewer.zoom(narrow);
      const start = viewer.getView();
      scene.tabIndex = 0;
      scene.title = "Drag or arrow keys to turn; click, then scroll, or + and \u2212 to zoom; Home to reset";
      const keys = {
        ArrowLeft: () => viewer.rotate(-6, "vy"),
        ArrowRight: () => viewer.rotate(6, "vy"),
        ArrowUp: () => viewer.rotate(-6, "vx"),
        ArrowDown: () => viewer.rotate(6, "vx"),
        "+": () => viewer.zoom(1.15),
        "=": () => viewer.zoom(1.15),
        "-": () => viewer.zoom(1 / 1.15),
        Home: () => viewer.setView(start),
      };
      scene.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
        event.preventDefault();
        keys[event.key]();
      });
      // The page scrolls past the view; wheel and touch belong to it once it was clicked or tapped.
      const pass = (event) => scene.contains(document.activeElement) || event.stopPropagation();
      for (const name of ["wheel", "touchstart", "touchmove"])
        scene.addEventListener(name, pass, { capture: true, passive: true });
      scene.addEventListener("pointerup", () => (this.held = false));
      scene.addEventListener("pointerdown", () => (this.held = true));
      scene.addEventListener("click", () => scene.focus({ preventScroll: true }));
      scene.addEventListener("dblclick", () => viewer.setView(start));

      const slider = this.querySelector('input[type="range"]');
      slider?.addEventListener("input", () => {
        cancelAnimationFrame(this.pending);
        this.pending = requestAnimationFrame(() => this.cut(slider.valueAsNumber));
      });

      this.button = this.querySelector("button");
      this.button?.addEventListener("click", () => this.spin(!this.spinning));
      if (this.button) this.spin(!matchMedia("(prefers-reduced-motion: reduce)").matches);
    }

    spin(on) {
      this.spinning = on;
      this.button.textContent = on ? "Pause" : "Spin";
      if (on) this.turn();
    }

    turn() {
      if (this.turning || !this.spinning || !this.seen) return;
      this.turning = true;
      let last = performance.now();
      let slow = 0;
      const step = (now) => {
        this.turning = this.spinning && this.seen;
        if (!this.turning) return;
        const begin = performance.now();
        if (!this.held) this.viewer.rotate(Math.min(now - last, 100) * 0.012, "vy");
        last = now;
        slow = performance.now() - begin > 100 ? slow + 1 : 0;
        if (slow > 4) this.spin(false); // drawn without a graphics card: leave the page responsive
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }
  }
  customElements.define("supracrystal-view", View);
}
